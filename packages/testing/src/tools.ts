import { spawnSync } from 'node:child_process'

/** What has to answer and not only to be installed, and the command that shows whether it does. */
const answering: Readonly<Record<string, readonly string[]>> = { docker: ['version'] }

function isThere(tool: string): boolean {
  const args = answering[tool]
  const options = { stdio: 'ignore', timeout: 30_000 } as const
  if (args) return spawnSync(tool, args, options).status === 0
  return spawnSync('sh', ['-c', 'command -v "$0"', tool], options).status === 0
}

/**
 * Which programs that a test needs are missing, and the command that brings them; `undefined` when all are there. For
 * `docker` an engine has to answer.
 */
export function lacking(tools: readonly string[]): string | undefined {
  const absent = tools.filter((tool) => !isThere(tool))
  return absent.length > 0 ? `not there: ${absent.join(', ')} (npm run services ${absent.join(' ')})` : undefined
}

/** Why a test is to be skipped, as tap's option; where everything has to be there it is not, and fails. */
export function skipFor(tools: readonly string[]): string | false {
  return process.env['INFRAKIT_REQUIRE_SERVICES'] === '1' ? false : (lacking(tools) ?? false)
}
