import { parseJson } from './codec.js'
import { findTrailingId, scanIds } from './ids.js'

/** A request body, read. */
export interface Body {
  /** One message, or the elements of a batch, none of them checked. */
  readonly messages: readonly unknown[]
  readonly batch: boolean
  /** Raw text of each message's id, by index; `undefined` for a notification. */
  readonly ids: readonly (string | undefined)[]
}

/** Reads a request body and keeps the ids as they were written. Throws SyntaxError. */
export function readBody(text: string): Body {
  const last = findTrailingId(text)
  if (last) {
    // Without its 63-bit id most of what Go sends needs no lossless parser.
    const message = parseJson(`${text.slice(0, last.start)}0${text.slice(last.end)}`)
    return { messages: [message], batch: false, ids: [text.slice(last.start, last.end)] }
  }
  const value = parseJson(text)
  const batch = Array.isArray(value)
  return { messages: batch ? (value as unknown[]) : [value], batch, ids: scanIds(text, batch) }
}

/** Whether the raw text of an id is one that JSON-RPC allows. */
export function isIdToken(token: string): boolean {
  return token === 'null' || /^["\d-]/.test(token)
}

/** A successful answer; `result` is JSON text already. */
export function writeResult(id: string, result: string): string {
  return `{"jsonrpc":"2.0","result":${result},"id":${id}}`
}

/** A failed answer; `data` is JSON text already. */
export function writeError(id: string, code: number, message: string, data = 'null'): string {
  return `{"jsonrpc":"2.0","error":{"code":${code},"message":${JSON.stringify(message)},"data":${data}},"id":${id}}`
}
