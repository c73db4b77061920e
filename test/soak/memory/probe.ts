/**
 * Loaded into a plugin beside its own code: on SIGUSR2 it collects garbage, writes what is left to a file,
 * INFRAKIT_PROBE, and gives back to the system what it can. With INFRAKIT_PROBE_LEAK it keeps so many bytes of every
 * request, as a leak would.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { Server } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const file = process.env['INFRAKIT_PROBE'] ?? ''
const leak = Number(process.env['INFRAKIT_PROBE_LEAK'] ?? 0)

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (how?: object) => void

process.on('SIGUSR2', () => {
  // What the first leaves to finalizers goes with the second.
  collect()
  setImmediate(() => {
    collect()
    writeFileSync(`${file}.new`, String(process.memoryUsage().heapUsed))
    renameSync(`${file}.new`, file)
    // As if there were no memory left: otherwise pages are kept for what may come, now a few MB and now thirty.
    collect({ type: 'major', flavor: 'last-resort', execution: 'sync' })
  })
})

if (leak > 0) {
  const kept: number[][] = []
  const emit = Reflect.get(Server.prototype, 'emit') as (this: Server, ...args: unknown[]) => boolean
  Server.prototype.emit = function (this: Server, ...args: unknown[]) {
    if (args[0] === 'request') kept.push(Array.from({ length: leak / 8 }, (_, at) => at + 0.5))
    return emit.apply(this, args)
  }
}
