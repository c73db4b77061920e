import { errorKinds, InfrakitError, kindOf, messageOf } from '@infrakit/spi'

/** An error as it travels. */
export interface WireError {
  readonly code: number
  readonly message: string
  readonly data: { readonly Kind: string; readonly Hint?: string; readonly Path?: string } | null
}

/** JSON-RPC's own codes, which stand for no kind of ours. */
export const parseError = -32700
export const invalidRequest = -32600
export const methodNotFound = -32601

/** Anything thrown, as it travels. The message of a defect is kept, its stack stays here. */
export function wireErrorOf(error: unknown): WireError {
  const kind = kindOf(error)
  const details = error instanceof InfrakitError ? error : undefined
  const data = {
    Kind: kind,
    ...(details?.hint === undefined ? {} : { Hint: details.hint }),
    ...(details?.path === undefined ? {} : { Path: details.path }),
  }
  return { code: errorKinds[kind].code, message: messageOf(error), data }
}
