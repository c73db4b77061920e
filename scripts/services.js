/**
 * Brings what some tests need beside Node, and starts what they cannot start for themselves: `npm run services` for all
 * of it, `npm run services docker consul` for some. Says what it found and what it did; `npm run services -- --stop` ends
 * what it started. Installs by apt on Debian and Ubuntu, as root; elsewhere it says what is missing.
 */
import { installPackages } from './services/apt.js'
import { services } from './services/list.js'

/** @typedef {import('./services/list.js').Service} Service */

/** @param {readonly string[]} names */
function choose(names) {
  const unknown = names.find((name) => !services.some((service) => service.name === name))
  if (unknown === undefined) return services.filter(({ name }) => names.length === 0 || names.includes(name))
  throw new Error(`unknown service '${unknown}'; there are ${services.map(({ name }) => name).join(', ')}`)
}

/** @param {readonly Service[]} missing */
function installAll(missing) {
  const packages = missing.flatMap(({ debian = [] }) => debian)
  if (packages.length > 0) {
    console.log(`installing ${packages.join(' ')}`)
    installPackages(packages)
  }
  for (const { name, install } of missing) {
    if (!install) continue
    console.log(`installing ${name}`)
    install()
  }
}

/** @param {readonly Service[]} wanted */
async function bring(wanted) {
  const missing = wanted.filter((service) => !service.isThere())
  for (const service of wanted)
    if (!missing.includes(service)) console.log(`${service.name}, for ${service.for}: there`)
  installAll(missing)
  const failed = missing.filter((service) => !service.isThere())
  if (failed.length > 0) throw new Error(`still missing: ${failed.map(({ name }) => name).join(', ')}`)
  for (const { name, isRunning, start } of wanted) {
    if (!isRunning || !start || isRunning()) continue
    await start()
    console.log(`${name}: started`)
  }
}

/** @param {readonly Service[]} wanted */
async function end(wanted) {
  for (const { name, stop } of [...wanted].reverse()) if (await stop?.()) console.log(`${name}: ended`)
}

try {
  const args = process.argv.slice(2)
  const wanted = choose(args.filter((arg) => arg !== '--stop'))
  await (args.includes('--stop') ? end(wanted) : bring(wanted))
} catch (error) {
  console.error(`services: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
