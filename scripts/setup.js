/**
 * Makes a clone ready: installs from the lockfile and builds, each only when needed. Needs Node and npm, nothing else.
 * Silent when there is nothing to do; otherwise one line for each thing it does. Several may run at once: one works, the
 * others wait for it.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, isBuilt } from './setup/build.js'
import { install, isInstalled } from './setup/install.js'
import { withLock } from './setup/lock.js'
import { compilerInputs, projects, removeStale } from './setup/sources.js'

const oldestNode = { major: 20, minor: 19 }
const root = fileURLToPath(new URL('..', import.meta.url))

/** @param {string} text */
function say(text) {
  process.stderr.write(`setup: ${text}\n`)
}

function nodeIsTooOld() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major < oldestNode.major || (major === oldestNode.major && minor < oldestNode.minor)
}

function isReady() {
  return isInstalled(root) && isBuilt(root, compilerInputs(root))
}

function makeReady() {
  if (!isInstalled(root)) {
    say('installing packages from package-lock.json')
    install(root)
  }
  const stale = removeStale(projects(root))
  if (stale.length > 0) say(`removed ${stale.length} compiled files whose source is gone`)
  // Read before the build: what is edited while it runs is built by the next one.
  const inputs = compilerInputs(root)
  if (isBuilt(root, inputs)) return
  say('building')
  build(root, inputs)
}

if (nodeIsTooOld()) {
  say(`Node ${oldestNode.major}.${oldestNode.minor} or newer is needed, this is ${process.versions.node}`)
  process.exitCode = 1
} else if (!isReady() || removeStale(projects(root), { dryRun: true }).length > 0) {
  try {
    withLock(join(root, '.setup.lock'), makeReady, (pid) => say(`waiting for the setup that process ${pid} runs`))
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
}
