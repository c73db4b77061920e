import { miniPlugin } from './mini-plugin.js'
import type { BrokenPlugin } from './plugins.js'
import { rightProxy } from './right-proxy.js'

export function proxyPlugin(wrong: Parameters<typeof rightProxy>[0] = {}) {
  return { transport: miniPlugin({ Proxy: rightProxy(wrong) }) }
}

const broken = (what: string, breaks: string, wrong: Parameters<typeof rightProxy>[0]): BrokenPlugin => ({
  what,
  breaks: `Proxy: ${breaks}`,
  plugin: () => proxyPlugin(wrong),
})

/** One broken thing each in a proxy. */
export const brokenProxies: readonly BrokenPlugin[] = [
  broken('makes what it validates', 'validating a route makes nothing', { validateMakes: true }),
  broken('refuses with another kind', 'a wrong route is refused with an error of the kind input', {
    inputKind: 'plugin-failed',
  }),
  broken('makes the same again', 'applying the same again changes nothing', { noticesSame: false }),
  broken('does not mind the version', 'a route is changed only at the version that is asked for', {
    minds: { version: false },
  }),
  broken('does not mind the owner', 'only its owner changes a route, and others are told who that is', {
    minds: { owner: false },
  }),
  broken('cuts what is under way', 'a server that a route ceases to name gets nothing more, and finishes what it has', {
    cutsWhoLeaves: true,
  }),
  broken('does not drain', 'a drained server gets nothing until that is undone, and what it has in flight is told', {
    minds: { drain: false },
  }),
  broken('takes /apis for what lies below /api', 'host and longest path choose the route', {
    minds: { prefix: false },
  }),
  broken('treats all alike', 'backends and servers get their shares', { minds: { weights: false } }),
  broken('keeps what it refuses', 'what is refused leaves the last good state', { minds: { twins: false } }),
  broken('does not count', 'requests and answers of a server are counted', { counts: false }),
]

/** Those that break more than one: what is late or stays is so wherever it is looked for. */
export const brokenInMany: readonly BrokenPlugin[] = [
  broken('is late', 'a route takes requests when apply answers', { late: 150 }),
  broken('removes late', 'a removed route takes no more requests; removing it again is no error', { removes: false }),
]
