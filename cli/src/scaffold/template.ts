import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ScaffoldKind } from './names.js'

const templates = fileURLToPath(new URL('../../../templates', import.meta.url))

export interface ScaffoldFile {
  /** Within the new package, with `/`. */
  readonly path: string
  readonly text: string
  readonly executable: boolean
}

/** The files of a new package: those of every plugin, and those of its kind. */
export async function fillTemplate(
  kind: ScaffoldKind,
  values: Readonly<Record<string, string>>,
): Promise<ScaffoldFile[]> {
  const files = await Promise.all(['common', kind].map((folder) => readTemplate(join(templates, folder))))
  return files
    .flat()
    .map(({ path, text, executable }) => ({ path: pathOf(path, values), text: fill(text, values), executable }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function readTemplate(folder: string): Promise<ScaffoldFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(
    files.map(async (file) => {
      const path = relative(folder, file)
      return { path, text: await readFile(file, 'utf8'), executable: path.startsWith('bin/') }
    }),
  )
}

/** npm would leave out a `.gitignore`, so it has no dot in the template. */
function pathOf(path: string, values: Readonly<Record<string, string>>): string {
  return path === 'gitignore' ? '.gitignore' : path.replace('NAME', values['name'] ?? '')
}

/** Puts values in the place of `{{name}}` and the like. */
function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (hole, key: string) => values[key] ?? hole)
}
