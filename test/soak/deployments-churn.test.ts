import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { createDeploymentWorld } from '../deployments/world.js'
import { figure, soaked } from './soak.js'

t.setTimeout(soaked(600_000, 3 * 60 * 60_000))

const count = soaked(6, 1000)
/** What may come beside chance: a pooled connection, a page that the heap has not given back (MB). */
const allowed = { descriptors: 12, privateMB: soaked(40, 30), files: 8 }

/** Descriptors and memory of each plugin, and files of the home that are not the registry's database. */
function holdings(home: string) {
  const pids = readdirSync(join(home, 'plugins')).filter((name) => name.endsWith('.pid'))
  const plugins = pids.map((file) => {
    const pid = Number(readFileSync(join(home, 'plugins', file), 'utf8'))
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    const privateKB = [...rollup.matchAll(/^Private_\w+: +(\d+) kB/gm)].reduce((sum, [, kB]) => sum + Number(kB), 0)
    return { name: file, descriptors: readdirSync(`/proc/${pid}/fd`).length, privateMB: privateKB / 1024 }
  })
  const files = readdirSync(home, { recursive: true }).filter((name) => !String(name).includes('/db/')).length
  return { plugins, files }
}

t.test('deployments in a row leave nothing behind that grows', async (t) => {
  const world = await createDeploymentWorld(t, { lease: '15s' })
  let release = 0
  async function deploy(): Promise<void> {
    const report = await world.deploy(world.spec(++release, { Retire: { Retain: 1 } }))
    if (report.State !== 'succeeded') throw new Error(JSON.stringify(report.Failure))
  }
  for (let at = 0; at < soaked(4, 50); at++) await deploy()
  const before = holdings(world.home)
  for (let at = 0; at < count; at++) await deploy()
  const grown = () => {
    const now = holdings(world.home)
    return {
      files: now.files - before.files,
      plugins: now.plugins.map(({ name, descriptors, privateMB }) => {
        const then = before.plugins.find((one) => one.name === name)
        return {
          name,
          descriptors: descriptors - (then?.descriptors ?? 0),
          privateMB: Math.round(privateMB - (then?.privateMB ?? 0)),
        }
      }),
    }
  }
  const fine = () => {
    const { files, plugins } = grown()
    return (
      files <= allowed.files &&
      plugins.every((one) => one.descriptors <= allowed.descriptors && one.privateMB <= allowed.privateMB)
    )
  }
  await waitUntil('connections of the last one to close', fine, 60_000).catch(() => undefined)
  t.ok(fine(), JSON.stringify(grown()))
  const { Releases } = (await (await world.deployment()).describe({ Service: 'shop' })).Description
  t.equal(Releases.length, 2, 'one is active, one is kept')
  figure(`${count} deployments in a row: grown by`, JSON.stringify(grown()))
})
