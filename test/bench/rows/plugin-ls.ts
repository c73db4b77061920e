import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Teardown } from '@infrakit/testing'
import { createWorld, pluginNames } from '../../faults/world.js'
import type { Row, Sides } from '../row.js'
import { median } from '../statistics.js'
import { stopwatch } from '../stopwatch.js'

const run = promisify(execFile)
const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const infrakit = pathOf('../../../../cli/bin/infrakit.js')
const floorScript = pathOf('../floor/plugin-ls.js')

async function nodeTakes(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<[number, string]> {
  const elapsed = stopwatch()
  const { stdout } = await run(process.execPath, args, { env })
  return [elapsed(), stdout]
}

async function open(t: Teardown): Promise<Sides> {
  const { pluginsDir, start } = await createWorld(t)
  for (const name of pluginNames) await start(name)
  const env = { ...process.env, INFRAKIT_PLUGINS_DIR: pluginsDir }
  const ours = () => nodeTakes([infrakit, 'plugin', 'ls'], env)
  const floor = () => nodeTakes([floorScript, 'plugin', 'ls', pluginsDir])
  const [[, said], [, wanted]] = [await ours(), await floor()]
  if (said !== wanted) throw new Error(`infrakit plugin ls does not print what its floor prints:\n${said}\n${wanted}`)
  return {
    ours: async () => (await ours())[0],
    floor: async () => (await floor())[0],
    reference: async () => (await nodeTakes(['-e', '0']))[0],
  }
}

export const pluginLs: Row = {
  name: 'plugin-ls',
  title: 'infrakit plugin ls, 3 plugins',
  floorIs: 'a script that imports commander and makes the same calls',
  reference: { of: 'node -e 0', aim: 2 },
  unit: 'ms',
  compare: 'ratio',
  figures: [{ of: '', from: median, limit: 1.3, bound: 'at most' }],
  rounds: { full: 31, quick: 3 },
  warmUp: 2,
  open,
}
