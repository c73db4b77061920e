/** The part of JSON Schema that our generated schemas use. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly minLength?: number
  readonly minItems?: number
  readonly minimum?: number
  readonly exclusiveMinimum?: number
}

const known = new Set([
  ...['type', 'const', 'enum', 'anyOf', 'properties', 'required', 'additionalProperties', 'items'],
  ...['minLength', 'minItems', 'minimum', 'exclusiveMinimum'],
  ...['$schema', 'title', 'description', 'examples', 'definitions'],
])

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

function hasType(value: unknown, types: readonly string[]): boolean {
  const type = typeOf(value)
  return types.includes(type) || (type === 'integer' && types.includes('number'))
}

function objectProblems(schema: JsonSchema, value: Readonly<Record<string, unknown>>, path: string): string[] {
  const missing = (schema.required ?? []).filter((key) => !(key in value))
  const inside = Object.entries(value).flatMap(([key, inner]) => {
    const at = schema.properties?.[key] ?? schema.additionalProperties
    if (at === false) return [`${path}.${key} is not known`]
    return typeof at === 'object' ? problems(at, inner, `${path}.${key}`) : []
  })
  return [...missing.map((key) => `${path}.${key} is missing`), ...inside]
}

/** What is wrong with a value by a schema; throws when the schema says something that is not understood here. */
export function problems(schema: JsonSchema, value: unknown, path = '$'): string[] {
  const unknown = Object.keys(schema).find((key) => !known.has(key))
  if (unknown !== undefined) throw new Error(`${path}: the validator does not know '${unknown}'`)
  if (schema.anyOf && !schema.anyOf.some((one) => problems(one, value, path).length === 0))
    return [`${path} fits none of the alternatives`]
  if (schema.type !== undefined && !hasType(value, [schema.type].flat()))
    return [`${path} is no ${String(schema.type)}`]
  if (schema.enum && !schema.enum.includes(value)) return [`${path} is none of ${schema.enum.join(', ')}`]
  if ('const' in schema && value !== schema.const) return [`${path} is not ${String(schema.const)}`]
  if (typeof value === 'string' && value.length < (schema.minLength ?? 0)) return [`${path} is too short`]
  if (typeof value === 'number' && value < (schema.minimum ?? -Infinity)) return [`${path} is too small`]
  if (typeof value === 'number' && value <= (schema.exclusiveMinimum ?? -Infinity)) return [`${path} is too small`]
  if (Array.isArray(value)) {
    const few = value.length < (schema.minItems ?? 0) ? [`${path} has too few items`] : []
    return [...few, ...value.flatMap((item, i) => problems(schema.items ?? {}, item, `${path}[${i}]`))]
  }
  return typeOf(value) === 'object' ? objectProblems(schema, value as Record<string, unknown>, path) : []
}
