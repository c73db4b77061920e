import type { PluginClient } from '@infrakit/rpc/client'
import { stopwatch } from './stopwatch.js'
import { median } from './statistics.js'

type Call = () => Promise<unknown>

/** Lists all instances with their properties. */
export function describeInstances(client: PluginClient): Call {
  return () => client.call('Instance.DescribeInstances', { Type: '', Tags: {}, Properties: true })
}

/** How long one of `count` calls takes that are made one after the other: the median, in milliseconds. */
export async function oneByOne(count: number, call: Call): Promise<number> {
  const took: number[] = []
  for (let at = 0; at < count; at++) {
    const elapsed = stopwatch()
    await call()
    took.push(elapsed())
  }
  return median(took)
}

/** Calls per second when so many callers make `count` calls altogether. */
export async function callersAtOnce(callers: number, count: number, call: Call): Promise<number> {
  const elapsed = stopwatch()
  let left = count
  const caller = async () => {
    while (left-- > 0) await call()
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return (count / elapsed()) * 1000
}
