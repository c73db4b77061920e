import { InfrakitError, nearest, type DeploymentSpec, type Opaque } from '@infrakit/spi'

export type Parameter = string | number | boolean

/** A name in braces behind a dollar sign, or `$${`, which stands for `${`. */
const placeholder = /\$\$\{|\$\{([^}]*)\}/g

/** Whether a value names one of the parameters. */
export function mentions(value: Opaque, names: readonly string[]): boolean {
  if (typeof value === 'string') return [...value.matchAll(placeholder)].some(([, name]) => names.includes(name ?? ''))
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some((one) => mentions(one, names))
}

/**
 * The value with every `${name}` filled in. A text that is nothing but one becomes what the parameter is, a number too.
 * Throws `input` for a name that there is none of, with the path where it stands.
 */
export function fill<T>(value: T, parameters: Readonly<Record<string, Parameter>>, path: string): T {
  if (typeof value === 'string') return fillText(value, parameters, path) as T
  if (Array.isArray(value)) return value.map((one: unknown, at) => fill(one, parameters, `${path}[${at}]`)) as T
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value
  const filled = {}
  for (const [key, one] of Object.entries(value)) {
    // A key such as `__proto__` must stay one.
    Object.defineProperty(filled, key, {
      value: fill(one as unknown, parameters, `${path}.${key}`),
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  return filled as T
}

/** Numbers too great for JavaScript travel as objects of a class, which are handed on. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function fillText(text: string, parameters: Readonly<Record<string, Parameter>>, path: string): Parameter {
  const whole = /^\$\{([^}]*)\}$/.exec(text)
  if (whole) return valueOf(whole[1] ?? '', parameters, path)
  return text.replace(placeholder, (found, name: string | undefined) =>
    found === '$${' ? '${' : String(valueOf(name ?? '', parameters, path)),
  )
}

function valueOf(name: string, parameters: Readonly<Record<string, Parameter>>, path: string): Parameter {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined
  if (value !== undefined) return value
  const near = nearest(name, Object.keys(parameters))
  throw new InfrakitError(
    'input',
    `${path}: there is no parameter '${name}'${near ? `; did you mean '${near}'?` : ''}`,
    {
      path,
      hint: 'add it to Parameters or give --set; $${ stands for ${',
    },
  )
}

/** The specification of one release: all names filled in. */
export function fillSpec(spec: DeploymentSpec, known: Readonly<Record<string, Parameter>>): DeploymentSpec {
  const parameters = { ...spec.Parameters, ...known }
  return {
    ...spec,
    Group: fill(spec.Group, parameters, 'Group'),
    Tests: fill(spec.Tests, parameters, 'Tests'),
    Hooks: fill(spec.Hooks, parameters, 'Hooks'),
  }
}
