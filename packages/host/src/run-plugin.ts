import { setTimeout as sleep } from 'node:timers/promises'
import type { PluginDefinition } from './definition.js'
import { exitStatus, failureText } from './failures.js'
import { NothingToRun } from './flags.js'
import { packageInfo } from './package-info.js'
import { startPlugin, type StartedPlugin } from './start-plugin.js'

/** How long a plugin that is told to end while it starts may take to get to where it can end in order. */
const startGraceMs = 10_000

/**
 * A plugin's executable: reads the command line, serves, and ends the process. SIGTERM and SIGINT end it in order, with
 * status 0; a second one at once, with 1. So does an error that nobody caught, after it was logged. An error at start
 * is one clear line, and the status of its kind.
 */
export async function runPlugin<O extends object>(definition: PluginDefinition<O>): Promise<void> {
  const argv = process.argv.slice(2)
  const name = (await packageInfo(definition.module)).executable ?? `infrakit-${definition.name}`
  const debug = argv.includes('--debug')
  const told = untilTold()
  let plugin: StartedPlugin | undefined
  process.on('uncaughtException', (err, origin) => {
    if (plugin) plugin.log.fatal({ err, origin }, 'ended by an error that nobody caught')
    else process.stderr.write(failureText(name, err, debug))
    process.exit(1)
  })
  void told.then(async () => {
    await sleep(startGraceMs, undefined, { ref: false })
    if (!plugin) process.exit(1)
  })
  try {
    plugin = await startPlugin(definition, { argv, env: process.env })
  } catch (error) {
    if (error instanceof NothingToRun) process.exit(0)
    process.stderr.write(failureText(name, error, debug))
    process.exit(exitStatus(error))
  }
  await stop(plugin, await told)
}

/** Resolves with the first signal to end; the second one ends the process. */
function untilTold(): Promise<string> {
  return new Promise((resolve) => {
    let told = false
    const tell = (signal: string) => {
      if (told) process.exit(1)
      told = true
      resolve(signal)
    }
    process.on('SIGTERM', tell)
    process.on('SIGINT', tell)
  })
}

async function stop(plugin: StartedPlugin, signal: string): Promise<void> {
  plugin.log.info({ signal }, 'stopping')
  try {
    await plugin.stop()
    plugin.log.info('stopped')
    process.exit(0)
  } catch (err) {
    plugin.log.error({ err }, 'stopping failed')
    process.exit(1)
  }
}
