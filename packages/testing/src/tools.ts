import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What has to answer and not only to be installed, or is no program of its own, and the command that shows whether it does. */
const answering: Readonly<Record<string, readonly [string, ...string[]]>> = {
  docker: ['docker', 'version'],
  compose: ['docker', 'compose', 'version'],
}

/** Programs that are no commands. */
const elsewhere: Readonly<Record<string, string>> = { zookeeper: '/usr/share/zookeeper/bin/zkServer.sh' }

function isThere(tool: string): boolean {
  const command = answering[tool]
  const options = { stdio: 'ignore', timeout: 30_000 } as const
  if (command) return spawnSync(command[0], command.slice(1), options).status === 0
  return spawnSync('sh', ['-c', 'command -v "$0"', elsewhere[tool] ?? tool], options).status === 0
}

/** What no service brings, and why; nothing where the package stands alone. */
function unobtainable(): Readonly<Record<string, string>> {
  const path = fileURLToPath(new URL('../../../../scripts/services/unobtainable.json', import.meta.url))
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>) : {}
}

/**
 * Which programs that a test needs are missing, and the command that brings them, or why none does; `undefined` when all
 * are there. For `docker` an engine has to answer.
 */
export function lacking(tools: readonly string[]): string | undefined {
  const absent = tools.filter((tool) => !isThere(tool))
  if (absent.length === 0) return undefined
  const why = unobtainable()
  const toBring = absent.filter((tool) => why[tool] === undefined)
  const reasons = absent.flatMap((tool) =>
    why[tool] === undefined ? [] : [`cannot be brought: ${tool} (${why[tool]})`],
  )
  const missing = toBring.length > 0 ? [`not there: ${toBring.join(', ')} (npm run services ${toBring.join(' ')})`] : []
  return [...missing, ...reasons].join('; ')
}

/**
 * Why a test is to be skipped, as tap's option. Where everything has to be there it is not, and fails; unless all that it
 * lacks is on the list of what cannot be brought.
 */
export function skipFor(tools: readonly string[]): string | false {
  const why = lacking(tools)
  if (why === undefined) return false
  if (process.env['INFRAKIT_REQUIRE_SERVICES'] !== '1') return why
  return why.startsWith('cannot be brought: ') ? why : false
}
