/** Draft-07: what editors complete best. */
const options = { target: 'draft-07', io: 'input', unrepresentable: 'any', override: tidy }

/**
 * Leaves out what says nothing.
 *
 * @param {{jsonSchema: any}} context
 */
function tidy({ jsonSchema }) {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.propertyNames?.type === 'string') delete jsonSchema.propertyNames
}

/** @param {any} schema of zod */
export function toJsonSchema(schema) {
  return schema.toJSONSchema(options)
}

/** @param {any} schema */
function part(schema) {
  const { $schema, ...rest } = toJsonSchema(schema)
  return rest
}

/** @param {Record<string, unknown>} schema @param {Record<string, unknown>} properties */
function withProperties(schema, properties) {
  return { ...schema, type: 'object', properties: { .../** @type {object} */ (schema.properties), ...properties } }
}

/**
 * One interface: what a request must look like, and what an answer does, by method. What the server adds to every
 * answer is there too.
 *
 * @param {any} definition
 * @param {Record<string, {request: unknown, result: unknown}>} methods
 */
function interfaceSchema(definition, methods) {
  const address = definition.address ? { [definition.address]: { type: 'string' } } : {}
  const definitions = Object.entries(methods).flatMap(([method, { request, result }]) => {
    const { ok, echo = [] } = definition.methods[method]
    const asked = withProperties(part(request), address)
    const repeated = Object.fromEntries(echo.map((/** @type {string} */ field) => [field, asked.properties[field]]))
    const answered = withProperties(part(result), { ...address, ...repeated, ...(ok ? { OK: { const: true } } : {}) })
    return [
      [`${method}.request`, asked],
      [`${method}.result`, answered],
    ]
  })
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `${definition.name}/${definition.version}`,
    definitions: Object.fromEntries(definitions),
  }
}

/**
 * Every JSON Schema of the documentation, by file name.
 *
 * @param {{interfaces: readonly any[]}} spi
 * @param {{schemas: Record<string, any>, groupFile: any}} spiSchemas
 * @returns {Map<string, object>}
 */
export function schemaFiles(spi, spiSchemas) {
  const { $schema, ...group } = toJsonSchema(spiSchemas.groupFile)
  const files = new Map([['group-file.json', { $schema, title: 'A group of instances', ...group }]])
  for (const definition of spi.interfaces) {
    files.set(`${definition.name.toLowerCase()}.json`, interfaceSchema(definition, spiSchemas.schemas[definition.name]))
  }
  return files
}
