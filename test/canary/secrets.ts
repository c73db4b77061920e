import { randomBytes } from 'node:crypto'

/** Secrets by what they are, each unlike any other text. */
export interface Secrets {
  readonly [what: string]: string
}

/** Something that was said or written, by whom or where. */
export interface Said {
  readonly where: string
  readonly text: string
}

export function makeSecrets<K extends string>(...kinds: readonly K[]): Record<K, string> {
  const entries = kinds.map((kind) => [kind, `canary${kind}${randomBytes(8).toString('hex')}`])
  return Object.fromEntries(entries) as Record<K, string>
}

/** How much of a secret must not come out: parsers quote only a few characters around a mistake. */
const telling = 9

/** Which secrets came out where: `token in the log of group: ...`. */
export function leaksIn(said: readonly Said[], secrets: Secrets): string[] {
  return said.flatMap(({ where, text }) =>
    Object.entries(secrets).flatMap(([what, secret]) => {
      // As it is, and as programs write it that encode what they hand on.
      const forms = [secret.slice(0, telling), Buffer.from(secret).toString('base64').slice(0, -4)]
      const form = forms.find((one) => text.includes(one))
      return form === undefined ? [] : [`${what} in ${where}: ${lineWith(text, form)}`]
    }),
  )
}

function lineWith(text: string, secret: string): string {
  return (text.split('\n').find((line) => line.includes(secret)) ?? '').trim().slice(0, 400)
}
