import { InfrakitError, messageOf, type DeploymentRoute, type DeploymentSpec, type PluginConfig } from '@infrakit/spi'
import { descriptionOf } from './description-of.js'
import { activeOf, groupPluginOf, type Candidate, type Facts } from './facts.js'
import { groupSpec, pinned } from './group-spec.js'
import { groupName, otherColour, routeOwner } from './names.js'
import { fillSpec, mentions } from './parameters.js'
import type { Ports } from './ports.js'
import type { ReleaseRecord } from './records.js'
import { scaled } from './scale.js'
import { settingsOf } from './settings.js'
import { restingTraffic } from './traffic-plan.js'
import { desiredRoute } from './traffic/routes.js'

/** The release that a specification would be now: number, colour and size chosen, names filled in. */
export function candidateOf(facts: Facts, spec: DeploymentSpec, scale: string | undefined): Candidate {
  const active = activeOf(facts)
  const Release = facts.lastRelease + 1
  const inPlace = settingsOf(spec).strategy === 'rolling' ? active : undefined
  const colour = inPlace ? inPlace.Colour : otherColour(active?.Colour)
  const filled = fillSpec(spec, { service: spec.Service, release: Release, colour })
  const named = mentions(spec.Group.Instance, ['colour']) && !mentions(spec.Group.Instance, ['release'])
  const record: ReleaseRecord = { Release, Spec: filled, ...(named ? { Slot: colour } : {}) }
  const unchanged = active && facts.state?.Size === spec.Group.Size
  const size = scale ? scaled(scale, active?.Scale) : unchanged ? active.Scale : spec.Group.Size
  const group = inPlace ? inPlace.Group : groupName(spec.Service, Release)
  return { record, colour, group, size, written: spec.Group.Size }
}

/**
 * The candidate with what its names stand for, after every plugin concerned has said that it can do its part. Changes
 * nothing. Throws `input`, naming the field as its user wrote it, and what the plugins object to.
 */
export async function checked(ports: Ports, facts: Facts, candidate: Candidate): Promise<Candidate> {
  await checkRegistry(ports, candidate.record.Spec)
  const resolved = await resolve(ports, candidate)
  await Promise.all([checkGroup(ports, facts, resolved), checkRoutes(ports, resolved)])
  return resolved
}

async function checkRegistry(ports: Ports, { Registry }: DeploymentSpec): Promise<void> {
  const { name } = await ports.registry()
  if (Registry == null || Registry === name) return
  throw new InfrakitError(
    'input',
    `Registry: this deployment plugin keeps its records in '${name}', not '${Registry}'`,
    {
      path: 'Registry',
      hint: `start another one for it: infrakit plugin start deployment -- --name ... --registry ${Registry}`,
    },
  )
}

/** What images, files and tags are at this moment becomes part of the release: a healed instance is as its siblings. */
async function resolve(ports: Ports, candidate: Candidate): Promise<Candidate> {
  const { record } = candidate
  const { Group } = record.Spec
  const [instance, flavor] = await Promise.all([
    located('Group.Instance', async () => {
      const port = await ports.instance(Group.Instance.Plugin)
      return pinnedBy(Group.Instance, port.resolve)
    }),
    located('Group.Flavor', async () => {
      const port = await ports.flavor(Group.Flavor.Plugin)
      return pinnedBy(Group.Flavor, port.resolve)
    }),
  ])
  const Spec = { ...record.Spec, Group: { ...Group, Instance: instance, Flavor: flavor } }
  return { ...candidate, record: { ...record, Spec } }
}

type Resolver = Awaited<ReturnType<Ports['instance']>>['resolve']

async function pinnedBy(config: PluginConfig, resolver: Resolver): Promise<PluginConfig> {
  const answer = await resolver?.resolve({ Properties: config.Properties ?? null })
  return pinned(config, answer?.Resolved)
}

async function checkGroup(ports: Ports, facts: Facts, { record, group, size }: Candidate): Promise<void> {
  const { group: groups } = await ports.group(groupPluginOf(record.Spec))
  if (activeOf(facts)?.Group !== group) {
    if (await descriptionOf(groups, group)) {
      throw new InfrakitError('conflict', `there is a group '${group}' already, which no release has made`, {
        hint: `infrakit group destroy ${group}, or give the service another name`,
      })
    }
  }
  const Spec = groupSpec(record, { group, size }, facts.hook)
  await located('Group', async () => groups.commitGroup({ Spec, Pretend: true }))
}

/** Routes as the proxies would get them, with nobody to serve them yet. */
async function checkRoutes(ports: Ports, candidate: Candidate): Promise<void> {
  const { Proxies, Routes, Service } = candidate.record.Spec
  const traffic = restingTraffic(candidate)
  for (const name of Proxies ?? []) {
    const { proxy } = await located('Proxies', () => ports.proxy(name))
    const { Routes: there } = await proxy.list({})
    for (const [at, route] of (Routes ?? []).entries()) {
      const other = there.find(({ Route }) => Route.Name === route.Name && Route.Owner !== routeOwner(Service))
      if (other) {
        throw new InfrakitError('conflict', `Routes[${at}].Name: '${route.Name}' belongs to ${other.Route.Owner}`, {
          path: `Routes[${at}].Name`,
          hint: `give it another name, or: infrakit proxy --name ${name} remove ${route.Name}`,
        })
      }
      const Route = desiredRoute(traffic, route as DeploymentRoute, () => [])
      await located(`Routes[${at}]`, () => proxy.validate({ Route }))
    }
  }
}

/** Puts where it stands in the user's file before what a plugin says of it. */
async function located<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof InfrakitError) || error.kind !== 'input') throw error
    const ours = (text: string) =>
      text
        .replace(/^Properties\.Flavor\.Properties\.Flavor(?=[.:[]|$)/gm, 'Group.Flavor')
        .replace(/^Properties\.(Instance|Flavor|Updating|Healing)(?=[.:[]|$)/gm, 'Group.$1')
        .replace(/^Properties\.Allocation\.Size(?=:|$)/gm, 'Group.Size')
    const message = ours(messageOf(error))
    const at = error.path === undefined ? undefined : ours(error.path)
    const full = at?.startsWith('Group.') ? at : [path, at].filter(Boolean).join('.')
    const text = message.startsWith('Group.') ? message : `${path}: ${message}`
    throw new InfrakitError('input', text, { path: full, hint: error.hint, cause: error })
  }
}
