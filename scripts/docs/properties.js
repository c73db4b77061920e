import { toJsonSchema } from './schemas.js'

const markers = /(<!-- properties -->\n)[^]*?(<!-- \/properties -->)/

/** @param {any} schema @returns {any[]} the alternatives, those for nothing left out */
function alternatives(schema) {
  const all = schema.anyOf ?? schema.oneOf
  return all ? all.flatMap(alternatives) : schema.type === 'null' ? [] : [schema]
}

/** @param {any} schema @returns {string} */
function typeOf(schema) {
  const words = alternatives(schema).map((one) => {
    if (one.const !== undefined) return JSON.stringify(one.const)
    if (one.enum) return one.enum.map((/** @type {unknown} */ value) => JSON.stringify(value)).join(' or ')
    const types = [one.type].flat().filter((type) => type !== undefined && type !== 'null')
    if (types.length === 0) return 'anything'
    if (types[0] === 'array') return `list of ${typeOf(one.items ?? {})}`
    if (types[0] === 'object' && typeof one.additionalProperties === 'object' && !one.properties)
      return `object of ${typeOf(one.additionalProperties)}`
    return types.join(' or ')
  })
  return [...new Set(words)].join(' or ')
}

/** @param {string} text */
function cell(text) {
  return text.replace(/\|/g, '\\|').replace(/\n/g, ' ')
}

/** @param {any} schema @param {string} prefix @returns {string[]} */
function rows(schema, prefix = '') {
  return alternatives(schema).flatMap((one) => {
    const object = one.type === 'array' ? one.items : one
    const path = one.type === 'array' && prefix ? `${prefix.slice(0, -1)}[].` : prefix
    return Object.entries(object?.properties ?? {}).flatMap(([key, value]) => {
      const needed = object.required?.includes(key) ? 'required' : ''
      const row = `| \`${path}${key}\` | ${cell(typeOf(value))} | ${needed} | ${cell(value.description ?? '')} |`
      return [row, ...rows(value, `${path}${key}.`)]
    })
  })
}

/**
 * Puts the table of a plugin's properties between the markers of its README; a README without markers stays as it is.
 *
 * @param {string} readme
 * @param {any} schema of zod
 */
export function withPropertiesTable(readme, schema) {
  const table = [
    '| property | type |  | meaning |',
    '| --- | --- | --- | --- |',
    ...new Set(rows(toJsonSchema(schema))),
  ]
  return readme.replace(markers, (_, begin, end) => `${begin}\n${table.join('\n')}\n\n${end}`)
}
