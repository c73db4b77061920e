/**
 * Loaded into a process before anything else (`--import`): its wall clock is wrong by as many milliseconds as the file
 * says that INFRAKIT_TEST_CLOCK names, and jumps when the file changes. With INFRAKIT_TEST_CLOCK_ONLY=wall it has no
 * other clock: what it takes for monotonic jumps as well, as for somebody who measures time with Date.now.
 */
import { readFileSync } from 'node:fs'

const file = process.env['INFRAKIT_TEST_CLOCK']
const truth = Date

function now(): number {
  return truth.now() + (file === undefined ? 0 : Number(readFileSync(file, 'utf8')))
}

globalThis.Date = new Proxy(truth, {
  construct: (target, args: unknown[]) => Reflect.construct(target, args.length === 0 ? [now()] : args) as Date,
  get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
})

if (process.env['INFRAKIT_TEST_CLOCK_ONLY'] === 'wall') {
  const begin = now()
  performance.now = () => 1e9 + now() - begin
}
