import { InfrakitError, nearest, type DeploymentSpec } from '@infrakit/spi'
import { pairsOption } from '../option-values.js'

/** As the deployment plugin reads it: a name in braces behind a dollar sign, or `$${`, which stands for `${`. */
const placeholder = /\$\$\{|\$\{([^}]*)\}/g

/**
 * The parameters of a specification, with the values that `--set` gives. Throws `input` for a name that the specification
 * does not have: whoever mistypes one would release what was released before.
 */
export function parametersOf(spec: DeploymentSpec, source: string, set: readonly string[]) {
  const given = pairsOption('--set', set)
  const mentioned = [...JSON.stringify(spec).matchAll(placeholder)].flatMap(([, name]) => name ?? [])
  const known = [...new Set([...Object.keys(spec.Parameters ?? {}), ...mentioned])]
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const near = nearest(name, known)
    const names = known.length > 0 ? `it has ${known.join(', ')}` : 'it has none'
    throw new InfrakitError('input', `--set ${name}: no such parameter in ${source}`, {
      hint: near ? `did you mean '${near}'?` : `${names}; add it to Parameters, and name it as \${${name}}`,
    })
  }
  return { ...spec.Parameters, ...given }
}
