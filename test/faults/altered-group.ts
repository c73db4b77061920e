/**
 * The group plugin, with less patience or worse manners than the real one has: a test need not wait ten minutes to see
 * what it does after ten minutes, and a control needs a group plugin that does it wrong.
 *
 * `INFRAKIT_TEST_PATIENCE` is the longest that a call may take (ms); a shorter limit is cut in the same proportion.
 * `INFRAKIT_TEST_QUEUE=one` carries out all calls to plugins one after the other, whichever group they are for.
 */
import { createPlugins, type Plugins } from '@infrakit/discovery'
import { startGroups } from '@infrakit/group-default'
import { runPlugin } from '@infrakit/host'
import type { Call } from '@infrakit/spi'

type Handler = (request: object, call?: Call) => Promise<unknown>

/** As the real plugin's handshakes and calls have it that say nothing themselves. */
const usualMs = 30_000

const patience = Number(process.env['INFRAKIT_TEST_PATIENCE'] ?? Infinity)
const oneQueue = process.env['INFRAKIT_TEST_QUEUE'] === 'one'

function shortened(ms: number): number {
  return patience === Infinity ? ms : Math.min(patience, (ms * patience) / usualMs)
}

function altered(plugins: Plugins): Plugins {
  let last: Promise<unknown> = Promise.resolve()

  function alter(handler: Handler): Handler {
    return (request, call) => {
      const work = () => handler(request, { ...call, timeout: shortened(call?.timeout ?? usualMs) })
      if (!oneQueue) return work()
      const turn = last.then(work)
      last = turn.catch(() => undefined)
      return turn
    }
  }

  return {
    ...plugins,
    async get(definition, name, options) {
      const handlers = await plugins.get(definition, name, options)
      const entries = Object.entries(handlers as Record<string, Handler>)
      return Object.fromEntries(entries.map(([method, handler]) => [method, alter(handler)])) as typeof handlers
    },
  }
}

await runPlugin({
  module: import.meta.url,
  name: 'group',
  description: 'Keeps groups of instances, impatiently or one after the other',
  fence: true,
  events: true,
  start(context) {
    const plugins = createPlugins(context.pluginsDir, { timeoutMs: shortened(usualMs) })
    context.signal.addEventListener('abort', () => plugins.close())
    return startGroups({ ...context, plugins: altered(plugins) })
  },
})
