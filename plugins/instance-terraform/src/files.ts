import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { failpoint } from '@infrakit/host'
import { parseJson } from '@infrakit/rpc'
import { InfrakitError, messageOf, type Tags } from '@infrakit/spi'
import { codeOf, removeDurably, syncFolder, writeFileDurably } from '@infrakit/store'
import { unliteral } from './references.js'
import { noteType } from './render.js'
import type { Filed } from './state.js'

/** The folder of everything of ours that is no configuration. */
export const ownFolder = '.infrakit'

/** Terraform refuses a folder without configuration, which it would be once the last instance is gone. */
export const lastingFile = 'infrakit.tf.json'
const lasting = '{ "//": "Written by infrakit-instance-terraform, whose instances are in this folder." }\n'

const fileName = /^(instance-\d+)\.tf\.json$/

/** The instances' files beside the user's own, which are left alone. */
export interface Files {
  pathOf(id: string): string
  /** Those in the configuration, and those on their way out. Throws `unavailable`. */
  all(): Promise<Filed[]>
  /** The text of one in the configuration. */
  read(id: string): Promise<string | undefined>
  write(id: string, text: string): Promise<void>
  /** Takes one out of the configuration, and keeps it until `forget`. One that is not there is fine. */
  setAside(id: string): Promise<void>
  forget(id: string): Promise<void>
}

/** The ID of the instance with this provision key; without one that nobody else has. As the original's: digits. */
export function instanceId(key: string | undefined): string {
  const bytes = key === undefined ? randomBytes(8) : createHash('sha256').update(key).digest()
  return `instance-${bytes.readBigUInt64BE() >> 1n}`
}

export function isInstanceFile(name: string): boolean {
  return fileName.test(name)
}

export async function openFiles(dir: string): Promise<Files> {
  const aside = join(dir, ownFolder, 'leaving')
  const pathOf = (id: string) => join(dir, `${id}.tf.json`)
  const asideOf = (id: string) => join(aside, `${id}.tf.json`)
  await mkdir(aside, { recursive: true, mode: 0o700 })
  await writeFileDurably(join(dir, lastingFile), lasting)

  async function filesIn(folder: string, leaving: boolean): Promise<Filed[]> {
    const ids = (await readdir(folder)).flatMap((name) => fileName.exec(name)?.[1] ?? [])
    const found = await Promise.all(
      ids.map(async (id) => {
        const text = await textOf(join(folder, `${id}.tf.json`))
        return text === undefined ? [] : [readFiled(id, text, leaving)]
      }),
    )
    return found.flat()
  }

  return {
    pathOf,
    async all() {
      try {
        const [here, leaving] = [await filesIn(dir, false), await filesIn(aside, true)]
        return [...leaving.filter(({ id }) => !here.some((one) => one.id === id)), ...here]
      } catch (cause) {
        throw new InfrakitError('unavailable', `cannot read the instances in ${dir}: ${messageOf(cause)}`, { cause })
      }
    },
    read: (id) => textOf(pathOf(id)),
    async write(id, text) {
      // Terraform's own user must be able to read it, whoever that is; what is secret is in it as it is in the state.
      await writeFileDurably(pathOf(id), text)
      failpoint('terraform/written')
    },
    async setAside(id) {
      await rename(pathOf(id), asideOf(id)).catch((error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error
      })
      await Promise.all([syncFolder(aside), syncFolder(dir)])
      failpoint('terraform/aside')
    },
    forget: (id) => removeDurably(asideOf(id)),
  }
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
}

interface Content {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** What a file of ours says; one that somebody broke says nothing but its name. */
function readFiled(id: string, text: string, leaving: boolean): Filed {
  try {
    const { resource = {} } = parseJson(text) as Content
    const note = resource[noteType]?.[id] as { input: { Tags: Tags; LogicalID: string | null } } | undefined
    const addresses = Object.entries(resource).flatMap(([type, names]) =>
      Object.keys(names)
        .filter((name) => type !== noteType || name !== id)
        .map((name) => `${type}.${name}`),
    )
    const said = note && unescaped(note.input)
    return { id, leaving, addresses, tags: said?.Tags ?? null, logicalId: said?.LogicalID ?? null }
  } catch {
    return { id, leaving, addresses: undefined, tags: null, logicalId: null }
  }
}

function unescaped({ Tags, LogicalID }: { Tags: Tags; LogicalID: string | null }) {
  return {
    Tags: Object.fromEntries(Object.entries(Tags).map(([key, value]) => [unliteral(key), unliteral(value)])),
    LogicalID: LogicalID === null ? null : unliteral(LogicalID),
  }
}
