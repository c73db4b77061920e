/**
 * Writes what the documentation has from the code: docs/schemas, docs/errors.md, docs/conformance.md, the tables of properties in the plugins'
 * READMEs, the examples of instance plugins in docs/instances.md. With `--check` it writes nothing and fails when something is not current.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { conformancePage } from './docs/conformance.js'
import { errorsPage } from './docs/errors.js'
import { withExamples } from './docs/examples.js'
import { withPropertiesTable } from './docs/properties.js'
import { schemaFiles } from './docs/schemas.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const schemasFolder = join(root, 'docs', 'schemas')

/** @param {string} path */
function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/** @param {string} path @param {string} text */
async function formatted(path, text) {
  return format(text, { ...(await resolveConfig(path)), filepath: path })
}

/** @returns {Promise<[path: string, text: string][]>} */
async function pluginReadmes() {
  /** @type {[path: string, text: string][]} */
  const readmes = []
  for (const plugin of readdirSync(join(root, 'plugins'))) {
    const path = join(root, 'plugins', plugin, 'README.md')
    const properties = join(root, 'plugins', plugin, 'dist', 'src', 'properties.js')
    const readme = readIfThere(path)
    if (readme === undefined || !existsSync(properties)) continue
    const { propertiesSchema } = await import(pathToFileURL(properties).href)
    if (propertiesSchema) readmes.push([path, await formatted(path, withPropertiesTable(readme, propertiesSchema))])
  }
  return readmes
}

/** The page by which a user chooses among instance plugins. */
async function instancesPage() {
  const page = join(root, 'docs', 'instances.md')
  const text = readFileSync(page, 'utf8')
  // In the order in which the page names them.
  const named = [...new Set(text.match(/plugins\/instance-[a-z]+(?=\/README)/g))]
  const examples = named.map((folder) => ({
    plugin: folder.replace('plugins/', ''),
    text: readFileSync(join(root, folder, 'example.yml'), 'utf8'),
  }))
  return /** @type {const} */ ([page, await formatted(page, withExamples(text, examples))])
}

/** Every generated file with its contents; `undefined` for one that is there and should not be. */
async function generate() {
  const spi = await import('@infrakit/spi')
  const spiSchemas = await import('@infrakit/spi/schemas')
  const { allPromises } = await import('@infrakit/testing/conformance')
  const errors = join(root, 'docs', 'errors.md')
  const conformance = join(root, 'docs', 'conformance.md')
  /** @type {Map<string, string | undefined>} */
  const files = new Map([
    [errors, await formatted(errors, errorsPage(spi.errorKinds))],
    [conformance, await formatted(conformance, conformancePage(allPromises))],
    ...(await pluginReadmes()),
    await instancesPage(),
  ])
  const schemas = schemaFiles(spi, spiSchemas)
  for (const [name, schema] of schemas) files.set(join(schemasFolder, name), `${JSON.stringify(schema, null, 2)}\n`)
  const present = existsSync(schemasFolder) ? readdirSync(schemasFolder) : []
  for (const name of present) if (!schemas.has(name)) files.set(join(schemasFolder, name), undefined)
  return files
}

const files = await generate()
const outdated = [...files].filter(([path, text]) => readIfThere(path) !== text)
if (process.argv.includes('--check')) {
  for (const [path] of outdated) process.stderr.write(`${relative(root, path)} is not current: run 'npm run docs'\n`)
  process.exitCode = outdated.length > 0 ? 1 : 0
} else {
  for (const [path, text] of outdated) {
    mkdirSync(dirname(path), { recursive: true })
    if (text === undefined) rmSync(path)
    else writeFileSync(path, text)
    process.stderr.write(`${text === undefined ? 'removed' : 'wrote'} ${relative(root, path)}\n`)
  }
}
