import type { Service, SwarmNode, Task } from '@infrakit/docker'
import type { InstanceSpec } from '@infrakit/spi'
import { serviceDefinition } from '../src/definition.js'
import { readProperties } from '../src/properties.js'

/** A node of a swarm, as it is listed. */
export function node(id: string, more: Partial<SwarmNode> = {}): SwarmNode {
  return {
    id,
    version: 1,
    hostname: id,
    labels: {},
    engineLabels: {},
    role: 'manager',
    availability: 'active',
    state: 'ready',
    message: '',
    address: '10.0.0.1',
    isLeader: false,
    reachability: 'reachable',
    updatedAt: '2026-01-01T00:00:00Z',
    ...more,
  }
}

/** A task of a service on node `a`, which runs. @param at seconds of its creation */
export function task(at: number, more: Partial<Task> = {}): Task {
  return {
    id: `task-${at}`,
    serviceID: 'service',
    nodeID: 'a',
    state: 'running',
    desiredState: 'running',
    message: 'started',
    error: '',
    containerID: 'c',
    exitCode: 0,
    ports: [],
    addresses: [],
    terminal: false,
    createdAt: `2026-01-01T00:00:0${at}Z`,
    since: `2026-01-01T00:00:0${at}Z`,
    ...more,
  }
}

export function definitionOf(properties: object, spec: InstanceSpec = {}, published: readonly number[] = []) {
  const kept = {
    secrets: [{ id: 's1', name: 'hidden', labels: {} }],
    configs: [{ id: 'c1', name: 'shown', labels: {} }],
  }
  const read = readProperties({ image: 'shop:1', ...properties })
  return serviceDefinition({ name: 'web-1', owner: 'me', properties: read, spec, published, kept })
}

export function service(properties: object = {}, spec: InstanceSpec = {}, more: Partial<Service> = {}): Service {
  const definition = definitionOf(properties, spec, [20_001])
  const labels = definition['Labels'] as Record<string, string>
  return { id: 'service', version: 1, name: 'web-1', labels, definition, ports: [], createdAt: '', ...more }
}
