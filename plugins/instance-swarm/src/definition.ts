import { createHash } from 'node:crypto'
import type { Service } from '@infrakit/docker'
import { tag, type Tags } from '@infrakit/spi'
import { logicalIDLabel, nodeLabel, nowhere, ownerLabel, shapeLabel, templateLabel, withTags } from './labels.js'
import { taskTemplate, type TaskRequest } from './task-template.js'

export type Definition = Readonly<Record<string, unknown>>

/** A service as it is to be made. */
export interface NewService extends TaskRequest {
  readonly name: string
  /** Published ports, in the order of the properties' ports; 0 where the swarm chooses. */
  readonly published: readonly number[]
}

interface Template {
  readonly Placement?: { readonly Constraints?: readonly string[] }
  readonly ContainerSpec?: Definition
}

const templateOf = (definition: Definition) => (definition['TaskTemplate'] ?? {}) as Template & Definition

function withConstraints(definition: Definition, edit: (all: readonly string[]) => readonly string[]): Definition {
  const template = templateOf(definition)
  const Constraints = edit(template.Placement?.Constraints ?? [])
  return { ...definition, TaskTemplate: { ...template, Placement: { ...template.Placement, Constraints } } }
}

/** Text of a value in which the order of fields does not matter. */
function canonical(value: unknown): string {
  const sorted = (_: string, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one
  return JSON.stringify(value, sorted)
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 16)
}

/** Hash of all that is not changed in place: of what is neither a label, nor a resource, nor chosen by the plugin. */
function shapeOf({ properties, spec }: NewService, template: Definition): string {
  const { ContainerSpec, Resources: _resources, ...rest } = template
  const { Labels: _labels, ...container } = ContainerSpec as Definition
  const { mode, service } = properties
  const { ports, deploy } = service
  return hashOf({ rest, container, ports, mode, endpoint: deploy?.endpoint_mode, logicalID: spec.LogicalID })
}

function portsOf({ properties, published }: NewService) {
  return (properties.service.ports ?? []).map(({ container, protocol, mode }, at) => ({
    TargetPort: container,
    Protocol: protocol,
    PublishMode: mode ?? 'host',
    ...(published[at] ? { PublishedPort: published[at] } : {}),
  }))
}

/**
 * The body of the engine's `POST /services/create`. Pure.
 *
 * @throws InfrakitError `input` for what cannot be
 */
export function serviceDefinition(service: NewService): Definition {
  const { name, owner, spec, properties } = service
  const { mode, service: stack } = properties
  const template = taskTemplate(service)
  const Ports = portsOf(service)
  const ingress = Ports.some(({ PublishMode }) => PublishMode === 'ingress')
  const atFixedPlace = Ports.some(({ PublishMode }) => PublishMode === 'host')
  const labels = {
    ...stack.deploy?.labels,
    [ownerLabel]: owner,
    [shapeLabel]: shapeOf(service, template),
    [templateLabel]: hashOf(template),
    ...(spec.LogicalID ? { [logicalIDLabel]: spec.LogicalID } : {}),
  }
  return {
    Name: name,
    Labels: withTags(labels, spec.Tags ?? {}),
    TaskTemplate: template,
    Mode: mode === 'global' ? { Global: {} } : { Replicated: { Replicas: 1 } },
    // One that holds a port of its node has to go before its successor can come.
    UpdateConfig: { Parallelism: 1, Order: atFixedPlace ? 'stop-first' : 'start-first', FailureAction: 'pause' },
    EndpointSpec: {
      Mode: stack.deploy?.endpoint_mode ?? (ingress ? 'vip' : 'dnsrr'),
      ...(Ports.length ? { Ports } : {}),
    },
  }
}

/** The same service, which stays on a node for ever. */
export function stayingAt(definition: Definition, node: string): Definition {
  const labels = definition['Labels'] as Record<string, string>
  const placed = withConstraints(definition, (all) => [...all, `node.id==${node}`])
  return { ...placed, Labels: { ...labels, [nodeLabel]: node } }
}

/** Whether a service is to have no task. */
export function isParked({ definition }: Pick<Service, 'definition'>): boolean {
  const mode = definition['Mode'] as { Replicated?: { Replicas?: number } } | undefined
  if (mode?.Replicated) return mode.Replicated.Replicas === 0
  return templateOf(definition).Placement?.Constraints?.includes(nowhere) ?? false
}

/** The same service with no task, or with one again. */
export function parked(definition: Definition, park: boolean): Definition {
  const mode = definition['Mode'] as { Global?: unknown } | undefined
  if (!mode?.Global) return { ...definition, Mode: { Replicated: { Replicas: park ? 0 : 1 } } }
  return withConstraints(definition, (all) => [...all.filter((one) => one !== nowhere), ...(park ? [nowhere] : [])])
}

/** The same service with other tags. */
export function tagged(definition: Definition, tags: Tags): Definition {
  return { ...definition, Labels: withTags(definition['Labels'] as Record<string, string>, tags) }
}

/** Whether ports of it are published at every node. Asked of what was wanted: what is there comes a little later. */
export function wantsIngress(definition: Definition): boolean {
  const { Ports = [] } = (definition['EndpointSpec'] ?? {}) as { Ports?: { PublishMode?: string }[] }
  return Ports.some(({ PublishMode }) => PublishMode === undefined || PublishMode === 'ingress')
}

/** How long its task may take to end when it is told to (ms). */
export function graceOf(definition: Definition): number {
  const grace = templateOf(definition).ContainerSpec?.['StopGracePeriod']
  return typeof grace === 'number' ? grace / 1e6 : 10_000
}

/** Whether the engine checks its health: then its task counts as running only when it is healthy. */
export function isChecked(definition: Definition): boolean {
  const check = templateOf(definition).ContainerSpec?.['Healthcheck'] as { Test?: string[] } | undefined
  return check?.Test !== undefined && check.Test.length > 0 && check.Test[0] !== 'NONE'
}

/** What the engine takes as the name of a service: letters, digits, `_`, `-`, at most 63 of them. */
function sanitized(text: string, longest: number): string {
  return text
    .replaceAll(/[^a-zA-Z0-9_-]+/g, '-')
    .replace(/^[^a-zA-Z0-9]+/, '')
    .slice(0, longest)
    .replace(/[^a-zA-Z0-9]+$/, '')
}

/**
 * The name of an instance's service: its logical ID, or its group's and something that no other has. The same key gives the
 * same name, and the swarm has no name twice: so there are never two for a key.
 *
 * @param random some digits for one without a key
 */
export function serviceName(tags: Tags, logicalID: string | null | undefined, random: string): string {
  const pet = sanitized(logicalID ?? '', 63)
  if (pet !== '') return pet
  const key = tags[tag.provision]
  const suffix = key ? createHash('sha256').update(key).digest('hex').slice(0, 12) : random
  return `${sanitized(tags[tag.group] ?? '', 50) || 'infrakit'}-${suffix}`
}
