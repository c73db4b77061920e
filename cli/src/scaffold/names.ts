import { InfrakitError } from '@infrakit/spi'

export const scaffoldKinds = ['instance', 'flavor'] as const
export type ScaffoldKind = (typeof scaffoldKinds)[number]

/** A name is also part of a path that must fit into a socket address. */
const longestName = 40

/** Throws `input` for what a plugin cannot be. */
export function readKind(text: string): ScaffoldKind {
  const kind = scaffoldKinds.find((one) => one === text)
  if (kind) return kind
  const hint = `give one of: ${scaffoldKinds.join(', ')}`
  throw new InfrakitError('input', `there is no template for a plugin of the kind '${text}'`, { hint })
}

/** Throws `input` for a name that cannot be that of a package, an executable and a socket at the same time. */
export function checkName(name: string): void {
  const hint = 'use small letters, digits and single hyphens, beginning with a letter, such as my-cloud'
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new InfrakitError('input', `'${name}' cannot be the name of a plugin`, { hint })
  }
  if (name.length > longestName) {
    throw new InfrakitError('input', `'${name}' is too long: it has ${name.length} characters`, {
      hint: `the name is part of the socket's path; ${longestName} are the most`,
    })
  }
}
