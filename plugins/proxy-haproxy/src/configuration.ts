import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InfrakitError } from '@infrakit/spi'
import { createLimit, makeFolder, removeDurably, removeLeftovers, writeFileDurably } from '@infrakit/store'
import { alertsIn } from './answers.js'
import { baseFile, isOurs, pathOf, type Layout } from './layout.js'

/** Files by name, `null` for those that are to go. */
export type Changes = ReadonlyMap<string, string | null>

/** HAProxy's configuration on disk, which is always what is live or is about to be. */
export interface Configuration {
  /** As it is on disk. */
  readonly texts: ReadonlyMap<string, string>
  /** Writes what differs, durably. Throws `StoreError`. */
  write(changes: Changes): Promise<void>
  /** Lets HAProxy judge it as if it were written. Throws `plugin-failed` with its words and the line. Changes nothing. */
  check(changes: Changes): Promise<void>
}

export interface ConfigurationOptions {
  readonly layout: Layout
  /** HAProxy's executable. */
  readonly program: string
  /** What else it is started with, before ours. */
  readonly others: readonly string[]
}

const checkMs = 60_000

/** Throws `StoreError`, and the system's error for what cannot be read. */
export async function openConfiguration(options: ConfigurationOptions): Promise<Configuration> {
  const { layout } = options
  const texts = new Map<string, string>()
  for (const [kind, folder] of [
    ['conf', layout.conf],
    ['data', layout.data],
  ] as const) {
    await makeFolder(folder)
    await removeLeftovers(folder)
    for (const name of readdirSync(folder)) {
      const file = `${kind}/${name}`
      if (isOurs(file)) texts.set(file, readFileSync(join(folder, name), 'utf8'))
    }
  }
  const limit = createLimit(8)

  return {
    texts,
    async write(changes) {
      const differing = [...changes].filter(([file, text]) => (texts.get(file) ?? null) !== text)
      await Promise.all(differing.map(([file, text]) => limit(() => put(file, text))))
    },
    check: (changes) => check(options, texts, changes),
  }

  async function put(file: string, text: string | null): Promise<void> {
    const path = pathOf(layout, file)
    if (text === null) {
      await removeDurably(path)
      texts.delete(file)
    } else {
      await writeFileDurably(path, text)
      texts.set(file, text)
    }
  }
}

/** What has not changed was judged before: only what has is put together with the rest that it needs. */
async function check(
  { layout, program, others }: ConfigurationOptions,
  texts: ReadonlyMap<string, string>,
  changes: Changes,
): Promise<void> {
  const coming = new Map([...changes].filter((pair): pair is [string, string] => pair[1] !== null))
  if (!coming.has(baseFile)) coming.set(baseFile, texts.get(baseFile) ?? '')
  const staged = { conf: join(layout.staged, 'conf'), data: join(layout.staged, 'data') }
  rmSync(layout.staged, { recursive: true, force: true })
  const data = [...coming.keys()].filter((file) => file.startsWith('data/'))
  for (const [file, text] of coming) {
    const path = pathOf(staged, file)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, elsewhere(text, data, layout, staged), { mode: 0o600 })
  }
  const ours = [...coming.keys()].filter((file) => file.startsWith('conf/')).sort()
  const files = [...others, ...ours.map((file) => pathOf(staged, file))]
  const said = await run(program, ['-c', ...files.flatMap((path) => ['-f', path])])
  rmSync(layout.staged, { recursive: true, force: true })
  if (said === undefined) return
  const words = alertsIn(said).map((line) => withLine(line, coming, staged))
  throw new InfrakitError('plugin-failed', `HAProxy refuses the configuration: ${words.join('; ') || said.trim()}`, {
    hint: 'Nothing was changed: what was live before serves on.',
  })
}

/** A staged file names staged files. */
function elsewhere(
  text: string,
  data: readonly string[],
  layout: Layout,
  staged: Pick<Layout, 'conf' | 'data'>,
): string {
  return data.reduce((result, file) => result.replaceAll(pathOf(layout, file), pathOf(staged, file)), text)
}

/** The file by the name that it would have, and what stands in the line. */
function withLine(words: string, coming: ReadonlyMap<string, string>, staged: Pick<Layout, 'conf' | 'data'>): string {
  for (const [file, text] of coming) {
    const path = pathOf(staged, file)
    if (!words.includes(path)) continue
    const line = text.split('\n')[Number(words.split(`${path}:`)[1]?.match(/^\d+/)?.[0] ?? 0) - 1]
    return words.replaceAll(path, file.slice(5)) + (line ? ` (${JSON.stringify(line.trim())})` : '')
  }
  return words
}

/** What it said when it failed. */
function run(program: string, args: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: checkMs, maxBuffer: 16 * 2 ** 20 }, (error, stdout, stderr) =>
      resolve(error ? `${stderr}${stdout}` || error.message : undefined),
    )
  })
}
