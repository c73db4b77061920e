/**
 * Brings what some tests need beside Node: `npm run services` for all of it, `npm run services socat jq` for some. Says
 * what it found and what it did. Installs by apt on Debian and Ubuntu, as root; elsewhere it says what is missing.
 */
import { spawnSync } from 'node:child_process'
import { services } from './services/list.js'

/** @param {string} command */
function isThere(command) {
  return spawnSync('sh', ['-c', 'command -v "$0"', command], { stdio: 'ignore' }).status === 0
}

/** @param {readonly string[]} args */
function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, error } = spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  if (error || status !== 0) throw new Error(`apt-get ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`)
}

/** @param {readonly string[]} packages */
function install(packages) {
  const list = packages.join(' ')
  if (!isThere('apt-get')) throw new Error(`no apt-get here; install by hand: ${list}`)
  if (process.getuid?.() !== 0) throw new Error(`not root; run: sudo apt-get install ${list}`)
  console.log(`installing ${list}`)
  apt(['update', '-q'])
  apt(['install', '-y', '-q', '--no-install-recommends', ...packages])
}

/** @param {readonly string[]} names */
function choose(names) {
  const unknown = names.find((name) => !services.some((service) => service.name === name))
  if (unknown === undefined) return services.filter(({ name }) => names.length === 0 || names.includes(name))
  throw new Error(`unknown service '${unknown}'; there are ${services.map(({ name }) => name).join(', ')}`)
}

try {
  const wanted = choose(process.argv.slice(2))
  const missing = wanted.filter(({ command }) => !isThere(command))
  for (const service of wanted)
    if (!missing.includes(service)) console.log(`${service.name}, for ${service.for}: there`)
  if (missing.length > 0) install(missing.map((service) => service.debian))
  const failed = missing.filter(({ command }) => !isThere(command))
  if (failed.length > 0) throw new Error(`still missing: ${failed.map(({ name }) => name).join(', ')}`)
} catch (error) {
  console.error(`services: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
