import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { stringifyJson } from '@infrakit/rpc'
import { InfrakitError } from '@infrakit/spi'
import { wordsOf, type Diagnostic } from './diagnostics.js'
import { isInstanceFile, lastingFile, ownFolder } from './files.js'
import type { Endpoint, Template } from './properties.js'
import { noteOf, noteType } from './render.js'
import type { Terraform } from './terraform.js'

const passedOver = /^terraform\.tfstate|^\.terraform\.tfstate\.lock\.info$/
/** Names in a template may be those of the user's own: each instance gets its own. */
const clash = /^Duplicate /

export interface Candidate {
  readonly template: Template
  /** Its text and name, where it is a file. */
  readonly source: { readonly path: string; readonly text: string } | undefined
  readonly endpoints: readonly Endpoint[]
}

/**
 * Throws `input`, in Terraform's words and with the line of the user's file, when the configuration in a folder and a
 * template do not go together. Nothing of the configuration is touched: it is tried in a folder beside it.
 *
 * What is wrong with the configuration itself is not told here: it may be right once the group is committed.
 */
export async function checkTemplate(terraform: Terraform, dir: string, candidate: Candidate): Promise<void> {
  const { template, source, endpoints } = candidate
  const folder = join(dir, ownFolder, `check-${randomBytes(6).toString('hex')}`)
  await mkdir(folder, { mode: 0o700 })
  try {
    for (const name of await readdir(dir)) {
      if (name === ownFolder || name === lastingFile || passedOver.test(name) || isInstanceFile(name)) continue
      await symlink(join(dir, name), join(folder, name))
    }
    const name = source ? `${basename(source.path).replace(/(\.tf)?\.json$/, '')}.tf.json` : 'Properties.tf.json'
    const own = await freeName(folder, name)
    await writeFile(join(folder, own), source?.text ?? stringifyJson(template, 2), { mode: 0o600 })
    await writeFile(join(folder, lastingFile), surroundings(endpoints), { mode: 0o600 })
    const wrong = await blamed(terraform, folder, [own, lastingFile])
    if (wrong.length === 0) return
    const field = source ? 'Properties.Template' : 'Properties'
    const words = wordsOf(wrong, [[own, source?.path ?? 'the template']])
    throw new InfrakitError('input', `${field}: Terraform refuses it: ${words}`, { path: field })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What is wrong because of these files: what names them, or is not said without them. */
async function blamed(terraform: Terraform, folder: string, names: readonly string[]): Promise<Diagnostic[]> {
  const wrong = (await terraform.validate(folder)).filter(({ summary }) => !clash.test(summary))
  const placeless = wrong.filter(({ range }) => !range)
  if (placeless.length > 0) for (const name of names) await rm(join(folder, name))
  const without = placeless.length > 0 ? await terraform.validate(folder) : []
  const saidAnyway = ({ summary, detail }: Diagnostic) =>
    without.some((one) => one.summary === summary && one.detail === detail)
  return wrong.filter((one) => (one.range ? names.includes(one.range.filename) : !saidAnyway(one)))
}

async function freeName(folder: string, name: string): Promise<string> {
  return (await readdir(folder)).includes(name) ? `infrakit-${name}` : name
}

/** What an instance has beside its template. */
function surroundings(endpoints: readonly Endpoint[]): string {
  const note = noteOf({ id: 'instance-0', spec: {} })
  const input = { Endpoints: endpoints }
  return stringifyJson({ locals: { infrakit: note }, resource: { [noteType]: { 'instance-0': { input } } } }, 2)
}
