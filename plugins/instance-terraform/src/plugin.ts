import { watch } from 'node:fs'
import { join } from 'node:path'
import { lockFolder, openProcessTable } from '@infrakit/programs'
import {
  InfrakitError,
  matchesTags,
  tag,
  type Instance,
  type InstanceSpec,
  type Logs,
  type Resolve,
} from '@infrakit/spi'
import { makeFolder } from '@infrakit/store'
import { doBatch, resume, type Workshop } from './batch.js'
import type { Change } from './changes.js'
import { checkTemplate } from './check.js'
import { instanceId, openFiles, ownFolder } from './files.js'
import { createHistory } from './history.js'
import { openJournal } from './journal.js'
import { createObserver } from './observer.js'
import { readProperties, type TerraformProperties, type Template } from './properties.js'
import { createQueue } from './queue.js'
import { refreshEvery } from './refresh.js'
import { addressesOf, movedFrom, render, uses } from './render.js'
import { describe, type Seen } from './state.js'
import { templateOf } from './templates.js'
import { createTerraform } from './terraform.js'

export interface TerraformPlugin {
  readonly instance: Instance
  readonly logs: Logs
  readonly resolve: Resolve
  /** Waits for what is being applied. */
  stop(): Promise<void>
}

export interface TerraformPluginOptions {
  /** The folder of the configuration; made when missing, and used by one plugin at a time. */
  readonly dir: string
  /** Path of the program. */
  readonly program: string
  /** Milliseconds after which it is looked anew whether resources are as the state has them; 0 for never. */
  readonly pollInterval: number
  /** Seconds that a lock of the state is waited for. */
  readonly lockTimeout: number
  readonly log: { warn(fields: object, message: string): void }
  readonly publish: (event: { Topic: string; Type: string; ID: string; Message: string }) => void
}

const defaultLines = 100

/**
 * Instances that are resources of Terraform. What a killed process of the plugin began is waited for, and finished or
 * undone.
 *
 * Throws `input` when the folder or Terraform cannot be used, `conflict` when another plugin uses the folder.
 */
export async function createTerraformPlugin(options: TerraformPluginOptions): Promise<TerraformPlugin> {
  const { dir, program, lockTimeout, log } = options
  const own = join(dir, ownFolder)
  await makeFolder(dir)
  const lock = await lockFolder(own)
  try {
    const files = await openFiles(dir)
    const runDir = join(own, 'run')
    const terraform = createTerraform({ program, dir, runDir, table: openProcessTable(), lockTimeout })
    await refuseOld(terraform.version())
    const history = createHistory(join(own, 'log'))
    const shop: Workshop = { terraform, files, journal: await openJournal(own), history, log }
    return await openWorkshop(shop, options, () => lock.release())
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function openWorkshop(
  shop: Workshop,
  { dir, pollInterval, log, publish: tell }: TerraformPluginOptions,
  release: () => Promise<void>,
): Promise<TerraformPlugin> {
  const { terraform, history } = shop
  const queue = createQueue<Change>((batch) => doBatch(shop, batch))
  const observer = createObserver(shop)
  const publish = (what: 'created' | 'changed' | 'destroyed', ID: string) =>
    tell({ Topic: `instance/${what}`, Type: 'instance', ID, Message: `${ID} was ${what}` })
  observer.hide((await shop.journal.read())?.making ?? [])
  const resuming = queue.between(async () => {
    await resume(shop)
    observer.showAll()
  })
  resuming.catch((error: unknown) => log.warn({ error: String(error) }, 'could not go on where the plugin was killed'))
  const watching = watch(dir, { persistent: false }, (_, name) => {
    if (name?.startsWith('terraform.tfstate') && queue.isIdle()) publish('changed', '')
  })
  watching.on('error', () => watching.close())
  const refreshing = refreshEvery(pollInterval, { shop, queue, changed: () => publish('changed', '') })

  async function find(id: string): Promise<Seen> {
    const seen = (await observer.look()).find((one) => one.id === id)
    if (!seen) throw new InfrakitError('not-found', `there is no instance '${id}'`)
    return seen
  }

  const instance: Instance = {
    async validate({ Properties }) {
      const candidate = await templateOf(dir, readProperties(Properties))
      render({ id: instanceId(undefined), spec: {}, ...candidate })
      await checkTemplate(terraform, dir, candidate)
    },
    async provision({ Spec }) {
      const properties = readProperties(Spec.Properties)
      const { template, endpoints } = await templateOf(dir, properties)
      refuseUnused(Spec, properties, template)
      const id = instanceId(Spec.Tags?.[tag.provision])
      const text = render({ id, spec: Spec, template, endpoints })
      const targets = [...addressesOf(id, template), ...movedFrom(template)]
      await observer.making(id, () => queue.add({ kind: 'make', key: id, text, targets }))
      publish('created', id)
      return { ID: id }
    },
    async label({ Instance: id, Labels }) {
      const { tags } = await find(id)
      if (matchesTags(tags, Labels)) return
      await queue.add({ kind: 'label', key: id, labels: Labels ?? {} })
      publish('changed', id)
    },
    async destroy({ Instance: id }) {
      await find(id)
      await queue.add({ kind: 'remove', key: id })
      history.forget(id)
      publish('destroyed', id)
    },
    async describeInstances({ Tags, Properties }) {
      const all = (await observer.look()).filter(({ tags }) => matchesTags(tags, Tags))
      return { Descriptions: all.map((seen) => describe(seen, Properties === true)) }
    },
  }

  const logs: Logs = {
    async tail({ Instance: id, Lines }) {
      await find(id)
      return { Lines: history.tail(id, Lines ?? defaultLines) }
    },
  }

  const resolve: Resolve = {
    async resolve({ Properties }) {
      const { file, ...rest } = readProperties(Properties)
      if (file === undefined) return { Resolved: null }
      const { template } = await templateOf(dir, { ...rest, file, template: undefined })
      return { Resolved: { Template: template } }
    },
  }

  return {
    instance,
    logs,
    resolve,
    async stop() {
      watching.close()
      refreshing.close()
      await queue.close()
      await release()
    },
  }
}

/** `terraform_data` came with 1.4, blocks that import with 1.5, expressions in them with 1.6. */
const oldest = [1, 6] as const

async function refuseOld(asked: Promise<string>): Promise<void> {
  const version = await asked
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return
  throw new InfrakitError('incompatible', `Terraform is ${version}; ${oldest.join('.')} or later is needed`, {
    hint: 'Install a later one, or name it: --terraform PATH.',
  })
}

/** Throws `input` for what the template makes nothing of. */
function refuseUnused(
  { Init, Attachments }: InstanceSpec,
  { initMode }: TerraformProperties,
  template: Template,
): void {
  if (Init && initMode === 'error' && !uses(template, 'Init')) {
    throw new InfrakitError('input', 'Init: there are commands to be run, and the template does not use them', {
      path: 'Init',
      hint: 'Hand ${local.infrakit.Init} to the machine, as its user_data say, or set InitMode to ignore.',
    })
  }
  if (!Attachments?.length || uses(template, 'Attachments')) return
  throw new InfrakitError('input', 'Attachments: there are some, and the template does not use them', {
    path: 'Attachments',
    hint: 'Use ${local.infrakit.Attachments} in the template.',
  })
}
