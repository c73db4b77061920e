import { isUtf8 } from 'node:buffer'
import { InfrakitError } from '@infrakit/spi'
import type { Answer } from './attempt.js'
import { parseJson } from './codec.js'
import { remoteErrorOf } from './remote-error.js'

function excerpt(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ')
  return line.length > 200 ? `${line.slice(0, 200)}...` : line
}

/** What is JSON, or began as such, may hold what a plugin keeps secret; a page of some other server does not. */
function shownOf(text: string): string {
  return /^\s*[[{"]/.test(text) ? `${text.length} characters of something else` : `'${excerpt(text)}'`
}

function garbage(what: string, { status }: Answer, text: string, cause?: unknown): InfrakitError {
  const shown = text === '' ? 'nothing' : shownOf(text)
  return new InfrakitError('plugin-failed', `${what}: expected a JSON-RPC answer, got HTTP ${status} with ${shown}`, {
    ...(cause === undefined ? {} : { cause }),
  })
}

function refusal(what: string, answer: Answer, text: string): InfrakitError {
  if (answer.status === 401) {
    return new InfrakitError('input', `${what}: the token was refused`, {
      hint: 'give the right one in INFRAKIT_TOKEN or INFRAKIT_TOKEN_FILE',
    })
  }
  if (answer.status === 413) return new InfrakitError('input', `${what}: the request is too large: ${excerpt(text)}`)
  return garbage(what, answer, text)
}

/**
 * The result in an answer to the call `id`. Throws the plugin's error as RemoteError, and `plugin-failed` for what is no
 * answer to that call.
 */
export function readAnswer(answer: Answer, id: number, plugin: string, what: string): unknown {
  const text = answer.body.toString('utf8')
  if (!isUtf8(answer.body)) throw garbage(what, answer, text)
  let message: unknown
  try {
    message = parseJson(text)
  } catch (error) {
    if (answer.status !== 200) throw refusal(what, answer, text)
    throw garbage(what, answer, text, error)
  }
  if (typeof message !== 'object' || message === null) throw refusal(what, answer, text)
  const { result, error, id: answered } = message as Record<string, unknown>
  const remote = error === undefined || error === null ? undefined : remoteErrorOf(error, plugin)
  if (remote) throw remote
  if (answer.status !== 200) throw refusal(what, answer, text)
  if (result === undefined || (error !== undefined && error !== null)) throw garbage(what, answer, text)
  if (answered !== id) {
    throw new InfrakitError('plugin-failed', `${what}: got the answer to another call (id ${String(answered)})`)
  }
  return result
}

/** The JSON in the answer to a plain GET. Throws `plugin-failed`. */
export function readJson(answer: Answer, what: string): unknown {
  const text = answer.body.toString('utf8')
  if (answer.status !== 200) throw refusal(what, answer, text)
  try {
    return parseJson(text)
  } catch (error) {
    throw garbage(what, answer, text, error)
  }
}
