import { spawnSync } from 'node:child_process'

/** Which programs that a test needs are missing, and the command that brings them; `undefined` when all are there. */
export function lacking(tools: readonly string[]): string | undefined {
  const absent = tools.filter((tool) => spawnSync('sh', ['-c', 'command -v "$0"', tool]).status !== 0)
  return absent.length > 0 ? `not installed: ${absent.join(', ')} (npm run services ${absent.join(' ')})` : undefined
}

/** Why a test is to be skipped, as tap's option; where everything has to be there it is not, and fails. */
export function skipFor(tools: readonly string[]): string | false {
  return process.env['INFRAKIT_REQUIRE_SERVICES'] === '1' ? false : (lacking(tools) ?? false)
}
