/** Packages of Debian and Ubuntu. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isThere, run } from './shell.js'

/** @param {readonly string[]} packages */
function requireApt(packages) {
  const list = packages.join(' ')
  if (!isThere('apt-get')) throw new Error(`no apt-get here; install by hand: ${list}`)
  if (process.getuid?.() !== 0) throw new Error(`not root; run: sudo apt-get install ${list}`)
}

/** @param {readonly string[]} packages */
export function installPackages(packages) {
  requireApt(packages)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  run(['apt-get', 'update', '-q'], { env })
  run(['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...packages], { env })
}

/** Whether the releases that this machine installs from have the package. @param {string} name */
export function isOffered(name) {
  return isThere('apt-cache') && /Candidate: (?!\(none\))/.test(run(['apt-cache', 'policy', name]))
}

/** The machine's own sources, for another release of the same distribution. @param {string} suite */
function sourcesFor(suite) {
  const folder = '/etc/apt/sources.list.d'
  const files = readdirSync(folder).filter((name) => name.endsWith('.sources'))
  const stanzas = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split(/\n\s*\n/))
  const debian = stanzas.filter((text) => /^Suites:/m.test(text) && !/-security|nodesource/.test(text))
  if (debian.length === 0) throw new Error(`${folder} has no *.sources of Debian to derive the release ${suite} from`)
  return debian.map((text) => text.replaceAll(/^#.*\n/gm, '').replace(/^Suites:.*$/m, `Suites: ${suite}`)).join('\n\n')
}

/**
 * Takes files out of a package of another release, without installing it: its libraries may not fit this one. Nothing of
 * the machine's own configuration is changed.
 *
 * @param {string} suite e.g. `bullseye` @param {string} name the package
 * @param {Readonly<Record<string, string>>} files where each file of it goes, by its path in the package
 */
export function takeFromRelease(suite, name, files) {
  requireApt([`${name} of ${suite}`])
  const folder = mkdtempSync(join(tmpdir(), 'ik-apt-'))
  try {
    for (const part of ['etc', 'state/lists/partial', 'cache/archives/partial', 'root'])
      mkdirSync(join(folder, part), { recursive: true })
    writeFileSync(join(folder, 'etc', 'other.sources'), sourcesFor(suite))
    const settings = [
      'Dir::Etc::sourcelist "/dev/null";',
      `Dir::Etc::sourceparts "${join(folder, 'etc')}";`,
      `Dir::State::lists "${join(folder, 'state', 'lists')}";`,
      `Dir::Cache "${join(folder, 'cache')}";`,
      // apt's own user may not look into a folder of root's.
      'APT::Sandbox::User "root";',
    ]
    writeFileSync(join(folder, 'apt.conf'), settings.join('\n'))
    const options = { cwd: folder, env: { ...process.env, APT_CONFIG: join(folder, 'apt.conf') } }
    run(['apt-get', '-qq', 'update'], options)
    run(['apt-get', '-qq', 'download', name], options)
    const [archive] = readdirSync(folder).filter((file) => file.endsWith('.deb'))
    run(['dpkg-deb', '-x', archive ?? '', 'root'], options)
    for (const [from, to] of Object.entries(files)) {
      mkdirSync(dirname(to), { recursive: true })
      copyFileSync(join(folder, 'root', from), to)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
