import { InfrakitError, parseDuration } from '@infrakit/spi'

/** Milliseconds of an option such as `--timeout 1m30s`; `undefined` when not given. Throws `input`. */
export function durationOption(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  throw new InfrakitError('input', `${flag}: expected a duration such as 10s, 1m30s or 500ms, got '${text}'`)
}

/** A whole number of an option such as `-n 100`, not negative. Throws `input`. */
export function countOption(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InfrakitError('input', `${flag}: expected a whole number, got '${text}'`)
}

/** Pairs of `k=v`, also several in one with commas between. Throws `input`. */
export function pairsOption(what: string, texts: readonly string[]): Record<string, string> {
  const pairs = texts
    .flatMap((text) => text.split(/,(?=[^,=]+=)/))
    .map((text): [string, string] => {
      const at = text.indexOf('=')
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
      throw new InfrakitError('input', `${what}: expected KEY=VALUE, got '${text}'`)
    })
  return Object.fromEntries(pairs)
}
