import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '@infrakit/programs'
import { InfrakitError, type InstanceDescription } from '@infrakit/spi'
import { skipFor, temporaryFolder, type Teardown } from '@infrakit/testing'
import { createTerraformPlugin, type TerraformPlugin, type TerraformPluginOptions } from '../src/plugin.js'

/** Option of tests that need the program. */
export const needsTerraform = { skip: skipFor(['terraform']) }

export interface Opened extends TerraformPlugin {
  readonly dir: string
  readonly events: string[]
  readonly warnings: string[]
  list(): Promise<InstanceDescription[]>
  describe(id: string): Promise<InstanceDescription | undefined>
  /** Makes one and gives its ID. */
  make(Properties: object, more?: object): Promise<string>
}

/** A plugin on a folder (a new one unless given), closed when the test is over. */
export async function open(t: Teardown, options: Partial<TerraformPluginOptions> = {}): Promise<Opened> {
  const dir = options.dir ?? (await temporaryFolder(t))
  const events: string[] = []
  const warnings: string[] = []
  const plugin = await createTerraformPlugin({
    dir,
    program: findProgram('terraform', process.env['PATH'] ?? '', dir, 'terraform'),
    pollInterval: 0,
    lockTimeout: 60,
    log: { warn: (fields, message) => void warnings.push(`${message} ${JSON.stringify(fields)}`) },
    publish: ({ Topic, ID }) => void events.push(`${Topic.replace('instance/', '')} ${ID}`),
    ...options,
  })
  t.teardown(() => plugin.stop())
  const list = async () => (await plugin.instance.describeInstances({ Properties: true })).Descriptions
  return {
    ...plugin,
    dir,
    events,
    warnings,
    list,
    describe: async (id) => (await list()).find(({ ID }) => ID === id),
    make: async (Properties, more = {}) => (await plugin.instance.provision({ Spec: { Properties, ...more } })).ID,
  }
}

/** A template with one resource that keeps a value. */
export const one = (more: object = {}) => ({ resource: { terraform_data: { web: { input: 'v1', ...more } } } })

/** One whose resource takes a while to be made, and longer to be ready. */
export const slow = (seconds: number) => one({ provisioner: [{ 'local-exec': { command: `sleep ${seconds}` } }] })

/** What a person types in the folder. */
export function terraform(dir: string, ...args: string[]): string {
  return execFileSync('terraform', args, { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Addresses in the state, sorted. */
export function stateOf(dir: string): string[] {
  return terraform(dir, 'state', 'list').split('\n').filter(Boolean).sort()
}

/** Configuration of the user's own. */
export function handMade(dir: string, resources: object): void {
  writeFileSync(join(dir, 'main.tf.json'), JSON.stringify({ resource: { terraform_data: resources } }))
}

/** Names of instance files, those on their way out included. */
export function filesIn(dir: string): string[] {
  const leaving = readdirSync(join(dir, '.infrakit', 'leaving')).map((name) => `leaving/${name}`)
  return [...readdirSync(dir).filter((name) => name.startsWith('instance-')), ...leaving].sort()
}

/** What a call rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<InfrakitError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof InfrakitError) return error
    throw error
  }
  throw new Error('expected a rejection')
}
