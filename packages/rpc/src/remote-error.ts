import { errorKinds, kindOfCode, RemoteError, type ErrorKind } from '@infrakit/spi'

/** What the original means by errors that all carry the same code. */
const originalTexts: readonly (readonly [RegExp, ErrorKind])[] = [
  [/^rpc: can't find (?:service|method) /, 'incompatible'],
  [/^no-plugin:/, 'not-found'],
  [/^Group '.*' is not being watched$/s, 'not-found'],
]

function textField(data: unknown, field: string): string | undefined {
  const value = typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[field] : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}

function kindFor(code: number, message: string, data: unknown): ErrorKind {
  const named = textField(data, 'Kind')
  if (named !== undefined && Object.hasOwn(errorKinds, named)) return named as ErrorKind
  return originalTexts.find(([pattern]) => pattern.test(message))?.[1] ?? kindOfCode(code)
}

/** The error of an answer as it came, or `undefined` when it has not the form of one. */
export function remoteErrorOf(error: unknown, plugin: string): RemoteError | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code, message, data } = error as Record<string, unknown>
  if (typeof code !== 'number' || typeof message !== 'string') return undefined
  const details = { hint: textField(data, 'Hint'), path: textField(data, 'Path') }
  return new RemoteError(kindFor(code, message, data), message, code, plugin, details)
}

/** Whether a plugin answered that it has no such method; then nothing was done. */
export function isMethodMissing(error: unknown): boolean {
  return error instanceof RemoteError && (error.code === -32601 || /^rpc: can't find /.test(error.message))
}
