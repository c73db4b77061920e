import { setTimeout as sleep } from 'node:timers/promises'
import { listNodes } from '@infrakit/docker'
import { StartWatch } from '@infrakit/host'
import {
  health,
  kindOf,
  tag,
  type Call,
  type Flavor,
  type InstanceDescription,
  type PrepareRequest,
  type Resolve,
} from '@infrakit/spi'
import { createTurns } from '@infrakit/store'
import { inScriptTemplate, parseTemplate, refuseLogicalID, renderTemplate, type Template } from '@infrakit/template'
import { attachmentsFor, checkAllocation, type Role } from './allocation.js'
import { drainNode, type Log } from './drain.js'
import { describeSurvey, readingMs, type Engines, type Survey } from './engines.js'
import { judge, nodesOf } from './judge.js'
import { engineLabels, linkFor, linkLabel, linkTags, memberOf, swarmTag } from './link.js'
import type { Memory } from './memory.js'
import { readProperties, type SwarmProperties } from './properties.js'
import { Roster } from './roster.js'
import { scripts } from './scripts.js'
import { noSwarm, readSituation, refuseSecondSwarm } from './situation.js'
import { functionsFor, vocabulary } from './vocabulary.js'

export interface SwarmFlavorOptions {
  /** What its instances become. */
  readonly role: Role
  readonly engines: Engines
  readonly memory: Memory
  /** Reads what a URL stands for. Throws `input` or `unavailable`. */
  readonly read: (url: string, signal: AbortSignal | undefined) => Promise<string>
  readonly log: Log
  /** How long (ms) a preparation waits for a swarm that is being made. */
  readonly patienceMs?: number
}

function groupOf({ Spec, Index }: PrepareRequest): string {
  return Index?.Group || Spec.Tags?.[tag.group] || ''
}

/** A group waits a minute for a preparation. */
const defaultPatienceMs = 30_000
const pollMs = 500

/** Joins instances to a swarm, judges them by their nodes, and takes those out that go. */
export function createSwarmFlavor(options: SwarmFlavorOptions): Flavor & Resolve {
  const { role, engines, memory, read, log, patienceMs = defaultPatienceMs } = options
  const starts = new StartWatch()
  const roster = new Roster(engines)
  const inTurn = createTurns()

  async function templateOf(properties: SwarmProperties, call: Call | undefined): Promise<Template> {
    const { templateURL, template } = properties
    if (templateURL === undefined) return parseTemplate(scripts[role], vocabulary)
    const source = template ?? (await read(templateURL, call?.signal))
    return inScriptTemplate(() => parseTemplate(source, vocabulary))
  }

  /** What the engines say now, and the script for it. Throws `unavailable` where it needs a swarm that is not there. */
  async function attempt(request: PrepareRequest, properties: SwarmProperties, template: Template, call?: Call) {
    const survey: Survey = await engines.survey(properties.connection, call)
    const situation = await readSituation(survey, properties, call)
    const id = request.Spec.LogicalID
    const others = (request.Allocation?.LogicalIDs ?? []).filter((one) => one !== id)
    const [link, member, swarmID] = [linkFor(request), memberOf(request), situation?.swarm.id]
    const group = groupOf(request)
    if (role === 'manager' && properties.joinIP !== undefined) {
      if (swarmID !== undefined) await memory.note(group, properties.joinIP, swarmID)
      // A manager that is alone has its swarm to itself, and takes it along.
      else if (others.length > 0) await memory.refuseAnother(group, properties.joinIP)
      if (swarmID === undefined && id === properties.joinIP) await refuseSecondSwarm(survey, others)
    }
    const labels = engineLabels(properties.engineLabels, link, role, swarmID, member)
    const functions = functionsFor({ request, properties, labels, member, situation }, () => noSwarm(survey))
    const Tags = { ...request.Spec.Tags, ...linkTags(link, role, swarmID) }
    const values = {
      LogicalID: id,
      Group: request.Index?.Group || Tags[tag.group],
      Sequence: request.Index?.Sequence,
      Tags,
    }
    return { Tags, script: inScriptTemplate(() => renderTemplate(template, values, functions)) }
  }

  /** Tries until there is a swarm, for a while: the first managers of a group are prepared at the same time. */
  async function patiently<T>(call: Call | undefined, work: () => Promise<T>): Promise<T> {
    const end = performance.now() + patienceMs
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (kindOf(error) !== 'unavailable' || performance.now() + pollMs > end || call?.signal?.aborted) throw error
      }
      await sleep(pollMs)
    }
  }

  /** The swarm of a manager that may have made it: from the first look at it on it is the group's. */
  async function swarmOf({ Tags }: InstanceDescription, joinIP: string | undefined, seen: string | undefined) {
    const group = Tags?.[tag.group]
    if (role !== 'manager' || !group || joinIP === undefined || seen === undefined) return seen
    const known = await memory.recall(group, joinIP)
    if (known === undefined) await memory.note(group, joinIP, seen)
    return known ?? seen
  }

  return {
    async validate({ Properties, Allocation }, call) {
      const properties = readProperties(Properties)
      checkAllocation(role, Allocation, properties)
      refuseLogicalID(await templateOf(properties, call), Allocation)
    },
    async prepare(request, call) {
      const properties = readProperties(request.Properties)
      const template = await templateOf(properties, call)
      const { Tags, script } = await patiently(call, () => attempt(request, properties, template, call))
      const { Spec } = request
      const attached = attachmentsFor(Spec.LogicalID, properties)
      const Attachments = attached.length > 0 ? [...(Spec.Attachments ?? []), ...attached] : Spec.Attachments
      return {
        Spec: { ...Spec, Tags, Attachments: Attachments ?? null, Init: Spec.Init ? `${Spec.Init}\n${script}` : script },
      }
    },
    async healthy({ Properties, Instance }) {
      const { connection, joinIP, joinTimeoutMs } = readProperties(Properties)
      const link = Instance.Tags?.[linkLabel]
      if (!link)
        return { Health: health.unhealthy, Reason: `it has no tag ${linkLabel}: it never was prepared to join` }
      const { survey, nodes, swarmID } = await roster.look(connection)
      if (!nodes) return { Health: health.unknown, Reason: `no manager can be asked: ${describeSurvey(survey)}` }
      const own = Instance.Tags?.[swarmTag] ?? (await swarmOf(Instance, joinIP, swarmID))
      if (own !== swarmID) return { Health: health.unknown, Reason: `it is in swarm ${own}, and ${swarmID} was asked` }
      return judge(Instance, link, nodes, role, { starts, timeoutMs: joinTimeoutMs })
    },
    async drain({ Properties, Instance }) {
      const { connection, joinIP, drainTimeoutMs } = readProperties(Properties)
      const link = Instance.Tags?.[linkLabel]
      starts.forget(Instance.ID)
      if (!link) return log.warn({ instance: Instance.ID }, 'not drained: it never was prepared to join')
      const survey = await engines.survey(connection)
      const [manager] = survey.managers
      if (!manager) {
        if (survey.findings.every(({ membership }) => membership?.state === 'inactive')) return
        throw noSwarm(survey)
      }
      for (const node of nodesOf(link, await listNodes(manager.engine, {}, { timeout: readingMs }))) {
        const options = {
          timeoutMs: drainTimeoutMs,
          inTurn: <T>(work: () => Promise<T>) => inTurn('managers', work),
          log,
        }
        const left = await drainNode(survey.managers, node, options)
        const group = Instance.Tags?.[tag.group]
        if (left === 'swarm-ends' && group && joinIP !== undefined) await memory.forget(group, joinIP)
      }
    },
    async resolve({ Properties }, call) {
      const { templateURL } = readProperties(Properties)
      if (templateURL === undefined) return { Resolved: null }
      return { Resolved: { InitScript: await read(templateURL, call?.signal) } }
    },
  }
}
