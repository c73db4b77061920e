import type { PluginDefinition } from './definition.js'
import { exitStatus, failureText } from './failures.js'
import { NothingToRun } from './flags.js'
import { packageInfo } from './package-info.js'
import { startPlugin, type StartedPlugin } from './start-plugin.js'

/**
 * A plugin's executable: reads the command line, serves, and ends the process. SIGTERM and SIGINT end it in order, with
 * status 0; a second one at once, with 1. So does an error that nobody caught, after it was logged. An error at start
 * is one clear line, and the status of its kind.
 */
export async function runPlugin<O extends object>(definition: PluginDefinition<O>): Promise<void> {
  const argv = process.argv.slice(2)
  const name = (await packageInfo(definition.module)).executable ?? `infrakit-${definition.name}`
  const debug = argv.includes('--debug')
  const ended = endOnSignal()
  let plugin: StartedPlugin | undefined
  process.on('uncaughtException', (err, origin) => {
    if (plugin) plugin.log.fatal({ err, origin }, 'ended by an error that nobody caught')
    else process.stderr.write(failureText(name, err, debug))
    process.exit(1)
  })
  try {
    plugin = await startPlugin(definition, { argv, env: process.env })
  } catch (error) {
    if (error instanceof NothingToRun) process.exit(0)
    process.stderr.write(failureText(name, error, debug))
    process.exit(exitStatus(error))
  }
  const signal = await ended
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

/** Resolves with the first signal to end; the second one ends the process. One during start counts once it is done. */
function endOnSignal(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false
    const ask = (signal: string) => {
      if (asked) process.exit(1)
      asked = true
      resolve(signal)
    }
    process.on('SIGTERM', ask)
    process.on('SIGINT', ask)
  })
}
