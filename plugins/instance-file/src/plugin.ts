import {
  InfrakitError,
  matchesTags,
  tag,
  type Instance,
  type InstanceSpec,
  type Lifecycle,
  type Logs,
} from '@infrakit/spi'
import { parseInput } from '@infrakit/spi/schemas'
import { createTurns } from '@infrakit/store'
import { describeMatching } from './descriptions.js'
import { newFile, type InstanceFile } from './file-format.js'
import { openFolder, type FolderOptions } from './folder.js'
import { randomInstanceId } from './instance-id.js'
import { propertiesSchema } from './properties.js'

export interface FilePlugin {
  readonly instance: Instance
  readonly lifecycle: Lifecycle
  readonly logs: Logs
  /** Stops watching the folder. */
  stop(): void
}

const defaultLines = 100

/** Instances that are files in a folder, one file each. Throws `input` when the folder cannot be used. */
export async function createFilePlugin(options: FolderOptions): Promise<FilePlugin> {
  const folder = await openFolder(options)
  const inTurn = createTurns()
  const provisioning = new Map<string, Promise<{ ID: string }>>()

  async function make(spec: InstanceSpec): Promise<{ ID: string }> {
    const ID = randomInstanceId()
    await folder.create(ID, newFile(ID, spec))
    folder.note(ID, 'provisioned')
    return { ID }
  }

  async function makeOnce(key: string, spec: InstanceSpec): Promise<{ ID: string }> {
    const running = provisioning.get(key)
    if (running) return running
    const made = folder.provisioned(key)
    if (made) return { ID: made }
    const making = make(spec).finally(() => provisioning.delete(key))
    provisioning.set(key, making)
    return making
  }

  /** Rewrites an instance's file; `edit` gives `undefined` when there is nothing to change. */
  function rewrite(id: string, what: string, edit: (file: InstanceFile) => InstanceFile | undefined): Promise<void> {
    return inTurn(id, async () => {
      const { file, problem } = folder.find(id, 'open')
      if (!file || problem) throw notReadable(id, problem?.reason)
      const edited = edit(file)
      if (!edited) return
      await folder.replace(id, edited)
      folder.note(id, what)
    })
  }

  const instance: Instance = {
    async validate({ Properties }) {
      parseInput(propertiesSchema, Properties, { prefix: 'Properties' })
    },
    async provision({ Spec }) {
      const key = Spec.Tags?.[tag.provision]
      return key ? makeOnce(key, Spec) : make(Spec)
    },
    async label({ Instance: id, Labels }) {
      await rewrite(id, `labelled ${Object.keys(Labels ?? {}).join(', ')}`, (file) =>
        matchesTags(file.Tags, Labels) ? undefined : { ...file, Tags: { ...file.Tags, ...Labels } },
      )
    },
    destroy: ({ Instance: id }) =>
      inTurn(id, async () => {
        folder.find(id, 'remove')
        await folder.remove(id)
      }),
    async describeInstances({ Tags, Properties }) {
      return { Descriptions: describeMatching(await folder.all(), Tags, Properties === true) }
    },
  }

  const lifecycle: Lifecycle = {
    async stop({ Instance: id, Context }) {
      const what = Context?.Reason ? `stopped: ${Context.Reason}` : 'stopped'
      await rewrite(id, what, (file) => (file.State === 'stopped' ? undefined : { ...file, State: 'stopped' }))
    },
    async start({ Instance: id }) {
      await rewrite(id, 'started', ({ State, ...file }) => (State === 'stopped' ? file : undefined))
    },
  }

  const logs: Logs = {
    async tail({ Instance: id, Lines }) {
      folder.find(id, 'open')
      return { Lines: folder.tail(id, Lines ?? defaultLines) }
    },
  }

  return { instance, lifecycle, logs, stop: () => folder.close() }
}

function notReadable(id: string, reason = 'cannot be read'): InfrakitError {
  return new InfrakitError('plugin-failed', `cannot change ${id}: its file ${reason}`, {
    hint: 'Repair the file, or destroy the instance.',
  })
}
