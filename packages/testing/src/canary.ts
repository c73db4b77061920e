import { appendFileSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The canary: a secret that the test runner puts into the environment of all that a run starts. Helpers of tests search
 * for it what processes print and leave behind, and tell the runner where it came out.
 */
const canaryName = 'INFRAKIT_TEST_CANARY'
/** Names the file to which findings are appended, a line of JSON each. */
const findingsName = 'INFRAKIT_TEST_CANARY_FINDINGS'

/** Larger files are test data, not logs. */
const longestFile = 16 * 1024 * 1024

/**
 * The environment that a process under test gets: `given` in that of this process, and the canary as bearer token where
 * no other is given, since a token is a secret that is sent about.
 */
export function plantedEnvironment(given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env = { ...process.env, ...given }
  const token = env.INFRAKIT_TOKEN ?? (env.INFRAKIT_TOKEN_FILE === undefined ? env[canaryName] : undefined)
  return token === undefined ? env : { ...env, INFRAKIT_TOKEN: token }
}

/** Searches what `where` printed for the canary. Finds nothing outside a run of the test runner. */
export function searchForCanary(text: string, where: string): void {
  const canary = process.env[canaryName]
  const findings = process.env[findingsName]
  if (!canary || !findings || !text.includes(canary)) return
  const line = text.split('\n').find((one) => one.includes(canary)) ?? ''
  const finding = { test: process.argv[1], where, line: line.replaceAll(canary, '<canary>').slice(0, 300) }
  appendFileSync(findings, `${JSON.stringify(finding)}\n`)
}

/** Searches all that lies in a folder and below. What goes away meanwhile, or cannot be read, is passed over. */
export async function searchFolderForCanary(folder: string): Promise<void> {
  if (!process.env[canaryName]) return
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    )
    if (size === 0 || size > longestFile) continue
    searchForCanary(await readFile(path, 'utf8').catch(() => ''), path)
  }
}
