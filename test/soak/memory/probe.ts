/**
 * Loaded into a plugin beside its own code: on SIGUSR2 it collects garbage and writes what is left to a file,
 * INFRAKIT_PROBE. With INFRAKIT_PROBE_LEAK it keeps so many bytes of every request, as a leak would.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { Server } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const file = process.env['INFRAKIT_PROBE'] ?? ''
const leak = Number(process.env['INFRAKIT_PROBE_LEAK'] ?? 0)

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as (how: object) => void
// As if there were none left: a plain collection keeps pages for what may come, now a few MB and now thirty.
const collect = () => gc({ type: 'major', flavor: 'last-resort', execution: 'sync' })

process.on('SIGUSR2', () => {
  // What the first leaves to finalizers goes with the second.
  collect()
  setImmediate(() => {
    collect()
    writeFileSync(`${file}.new`, String(process.memoryUsage().heapUsed))
    renameSync(`${file}.new`, file)
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
