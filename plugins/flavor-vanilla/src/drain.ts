import { setTimeout as sleep } from 'node:timers/promises'
import { InfrakitError, type ErrorKind, type InstanceDescription } from '@infrakit/spi'
import { addressOf, formatAddress } from './address.js'
import type { DrainSettings } from './drain-properties.js'
import { probe } from './probe.js'
import { formatRequest, httpAttempt, newAgents } from './probe-http.js'
import type { RequestSettings } from './request-properties.js'

const hints = {
  endpoint: "Correct Drain.HTTP.Port, or see what endpoints 'infrakit instance describe --properties' shows.",
  answer: "See the instance's log. To end it without a drain set Updating.SkipBeforeInstanceDestroy to drain.",
}

function failure(kind: ErrorKind, id: string, what: string, hint: string): InfrakitError {
  return new InfrakitError(kind, `could not drain instance ${id}: ${what}`, { hint })
}

/** Sends the request. Answers whether somebody was there to take it: who refuses connections has nothing in flight. */
async function tell(description: InstanceDescription, request: RequestSettings, timeoutMs: number): Promise<boolean> {
  const address = addressOf(description, request.port)
  if (!address) {
    const which = request.port === undefined ? '' : ` for port ${request.port}`
    throw failure('unavailable', description.ID, `it tells no endpoint${which}`, hints.endpoint)
  }
  const { outcome, what, code } = await probe(httpAttempt(request, newAgents()), address, timeoutMs)
  if (code === 'ECONNREFUSED') return false
  if (outcome === 'good') return true
  const kind = code === 'ETIMEDOUT' ? 'timeout' : outcome === 'unclear' || code ? 'unavailable' : 'plugin-failed'
  throw failure(kind, description.ID, `${formatRequest(request, formatAddress(address))}: ${what}`, hints.answer)
}

/**
 * Tells an instance to take nothing more, and leaves time for what is in flight. It is not stopped with its caller. Throws
 * `unavailable` (no endpoint, the connection broke), `timeout` or `plugin-failed` (not answered as expected).
 */
export async function drain(description: InstanceDescription, settings: DrainSettings): Promise<void> {
  const { request, timeoutMs, waitMs } = settings
  if (request && !(await tell(description, request, timeoutMs))) return
  if (waitMs > 0) await sleep(waitMs)
}
