import { basename } from 'node:path'
import { docker, inspect, type Inspected } from '@infrakit/testing/engine'
import t, { type Test } from 'tap'
import { needsCompose, serve, userProject, type Project, type Served, type Shown } from './support.js'
import { wild, type Wild } from './wild.js'

t.setTimeout(480_000)

/** What of a container is the replica's own: its name, when it was made, who made it. */
const own = new Set(['Hostname', 'Labels', 'Image', 'MacAddress'])

const anonymous = (text: string) => text.replace(/[0-9a-f]{64}/g, 'ID')

/** Compose hands on lists in no order. */
function sorted(list: unknown): string[] {
  return (Array.isArray(list) ? (list as unknown[]) : []).map((one) => anonymous(JSON.stringify(one))).sort()
}

/** Its configuration, without what is the replica's own and without the ports of the host, which are chosen. */
function compared({ Config, HostConfig, Mounts, NetworkSettings }: Inspected) {
  const config = Object.fromEntries(Object.entries(Config).filter(([key]) => !own.has(key)))
  const { PortBindings, Links, ...hostConfig } = HostConfig as { PortBindings?: object | null; Links?: string[] | null }
  const labels = Object.entries(Config.Labels).filter(([key]) => !/^(com\.docker\.compose|infrakit)\./.test(key))
  const host = Object.entries(hostConfig).map(([key, value]) => [key, Array.isArray(value) ? sorted(value) : value])
  return {
    config: { ...config, Env: [...Config.Env].sort() },
    labels: Object.fromEntries(labels),
    host: Object.fromEntries(host) as object,
    links: sorted(Links?.map((one) => one.split(':')[0])),
    ports: Object.keys(PortBindings ?? {}).sort(),
    mounts: sorted(Mounts.map(({ Type, Name, Source, Destination, RW }) => [Type, Name ?? Source, Destination, RW])),
    networks: Object.keys(NetworkSettings.Networks).sort(),
  }
}

/** What Compose itself makes of the files. */
function composeOwn(project: Project, { flags = [], service }: Wild): ReturnType<typeof compared> {
  const filled = flags.map((flag) => flag.replace('FOLDER', project.folder))
  project.compose(...filled, 'up', '--detach', '--scale', `${service}=1`, service)
  const container = inspect(`${project.name}-${service}-1`)
  project.compose(...filled, 'rm', '--stop', '--force', '--volumes', service)
  return compared(container)
}

/** Content of files that only one who runs them can tell. */
function filled(id: string): string[] {
  const files = ['/run/secrets/file', '/etc/variable', '/etc/file.conf', '/etc/inline.conf', '/version']
  return files.map((file) => {
    try {
      return `${file}: ${docker('exec', id, 'cat', file)}`
    } catch {
      return `${file}: none`
    }
  })
}

async function lives(t: Test, one: Wild, plugin: Served): Promise<void> {
  const project = await userProject(t, one.files, one.env)
  const name = (text: string) => text.replaceAll('PROJECT', project.name)
  for (const network of one.external?.networks ?? []) {
    docker('network', 'create', name(network))
    t.teardown(() => docker('network', 'rm', name(network)))
  }
  for (const volume of one.external?.volumes ?? []) {
    docker('volume', 'create', name(volume))
    t.teardown(() => docker('volume', 'rm', '-f', name(volume)))
  }
  t.teardown(() => docker('image', 'rm', '--force', `${project.name}-${one.service}`))
  const given = JSON.stringify({ Files: project.file, Project: project.name, Service: one.service, ...one.properties })
  const Properties = JSON.parse(given.replaceAll('FOLDER', project.folder)) as object
  const resolve = async () => (await plugin.resolve.resolve({ Properties })).Resolved as object

  const first = await resolve()
  t.same(await resolve(), first, 'what is unchanged resolves to the same')
  const old = await plugin.make({ ...Properties, Resolved: first })
  const container = inspect(old)
  t.equal(container.State.Status, 'running')
  t.same(
    project
      .containers()
      .filter((container) => (one.sides ?? []).some((side) => container === `${project.name}-${side}-1`)),
    (one.sides ?? []).map((side) => `${project.name}-${side}-1`),
    'side services are there',
  )
  const before = project.containers()
  const expected = composeOwn(project, one)
  t.match(compared(container), expected, 'it is what Compose makes of the same files')
  t.same(project.containers(), before)
  const contents = filled(old)

  await project.write(one.change)
  const second = await resolve()
  t.notSame(second, first, 'what has changed resolves to something else')
  const made = [old]
  if (!(basename(project.file) in one.change)) {
    const healed = await plugin.make({ ...Properties, Resolved: first })
    t.same(
      [compared(inspect(healed)), filled(healed)],
      [compared(container), contents],
      'a healed one is as its siblings',
    )
    made.push(healed)
  }
  const fresh = await plugin.make({ ...Properties, Resolved: second })
  t.equal(inspect(fresh).State.Status, 'running', 'old and new run side by side')
  await Promise.all([...made, fresh].map((id) => plugin.instance.destroy({ Instance: id })))
  t.same(
    (await plugin.list()).filter(({ Properties }) => (Properties as Shown).Project === project.name),
    [],
  )
}

t.test('Compose files from the wild: started as Compose starts them, rolled, destroyed', needsCompose, async (t) => {
  t.ok(wild.length >= 15)
  const plugin = await serve(t)
  t.jobs = 4
  await Promise.all(wild.map((one) => t.test(one.what, { buffered: true }, (t) => lives(t, one, plugin))))
})
