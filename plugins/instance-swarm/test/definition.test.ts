import { tag } from '@infrakit/spi'
import t from 'tap'
import {
  graceOf,
  isChecked,
  isParked,
  parked,
  serviceName,
  stayingAt,
  tagged,
  wantsIngress,
} from '../src/definition.js'
import { shapeLabel, tagsOf, templateLabel } from '../src/labels.js'
import { definitionOf } from './things.js'

type Labels = Record<string, string>
const labelsOf = (definition: object) => (definition as { Labels: Labels }).Labels

t.test("a stack file's keys in the engine's words", async (t) => {
  const definition = definitionOf(
    {
      command: 'serve --all',
      environment: { A: '1' },
      ports: [80, '8080:81', { target: 82, mode: 'ingress' }],
      volumes: ['data:/data'],
      tmpfs: '/tmp',
      networks: ['backend'],
      secrets: ['hidden'],
      configs: [{ source: 'shown', target: '/etc/shown', mode: 256 }],
      stop_grace_period: '1s',
      extra_hosts: ['db=10.0.0.9'],
      deploy: {
        labels: { tier: 'web' },
        placement: { constraints: ['node.role==worker'], preferences: [{ spread: 'node.labels.zone' }] },
        resources: { limits: { cpus: 0.5, memory: '64m' }, reservations: { memory: '32m' } },
        restart_policy: { condition: 'on-failure', max_attempts: 3 },
      },
    },
    { LogicalID: 'pet', Tags: { [tag.group]: 'web' }, Attachments: [{ ID: 'more:/more', Type: 'volume' }] },
    [20_001, 8080, 0],
  )
  t.match(definition, {
    Name: 'web-1',
    Labels: {
      tier: 'web',
      [tag.group]: 'web',
      'infrakit.instance-swarm': 'me',
      'infrakit.instance-swarm.logical-id': 'pet',
    },
    Mode: { Replicated: { Replicas: 1 } },
    UpdateConfig: { Order: 'stop-first' },
    EndpointSpec: {
      Mode: 'vip',
      Ports: [
        { TargetPort: 80, PublishedPort: 20_001, PublishMode: 'host' },
        { TargetPort: 81, PublishedPort: 8080, PublishMode: 'host' },
        { TargetPort: 82, PublishedPort: undefined, PublishMode: 'ingress' },
      ],
    },
    TaskTemplate: {
      ContainerSpec: {
        Image: 'shop:1',
        Args: ['serve', '--all'],
        Env: ['A=1'],
        Hostname: 'pet',
        StopGracePeriod: 1e9,
        Hosts: ['10.0.0.9 db'],
        Mounts: [
          { Type: 'volume', Source: 'data', Target: '/data' },
          { Type: 'volume', Source: 'more', Target: '/more' },
          { Type: 'tmpfs', Target: '/tmp' },
        ],
        Secrets: [{ SecretID: 's1', SecretName: 'hidden', File: { Name: 'hidden', Mode: 0o444 } }],
        Configs: [{ ConfigID: 'c1', ConfigName: 'shown', File: { Name: '/etc/shown', Mode: 256 } }],
      },
      Networks: [{ Target: 'backend' }],
      Placement: {
        Constraints: ['node.role==worker'],
        Preferences: [{ Spread: { SpreadDescriptor: 'node.labels.zone' } }],
      },
      Resources: { Limits: { NanoCPUs: 5e8, MemoryBytes: 2 ** 26 }, Reservations: { MemoryBytes: 2 ** 25 } },
      RestartPolicy: { Condition: 'on-failure', Delay: 1e9, MaxAttempts: 3 },
    },
  })
  t.equal(graceOf(definition), 1000)
  t.equal(graceOf(definitionOf({})), 10_000)
  t.ok(wantsIngress(definition))
  t.notOk(wantsIngress(definitionOf({ ports: [80] })))
  t.match(definitionOf({ networks: ['x'] }), {
    EndpointSpec: { Mode: 'dnsrr' },
    UpdateConfig: { Order: 'start-first' },
  })
  t.ok(isChecked(definitionOf({ healthcheck: { test: 'true' } })))
  t.notOk(isChecked(definitionOf({ healthcheck: { disable: true } })))
})

t.test('commands of the flavor go before the command', async (t) => {
  const { TaskTemplate } = definitionOf({ command: ['serve'] }, { Init: 'echo' })
  const { ContainerSpec } = TaskTemplate as { ContainerSpec: { Command: string[]; Args: string[] } }
  t.same(ContainerSpec.Command.slice(0, 2), ['/bin/sh', '-c'])
  t.same(ContainerSpec.Command.slice(3), ['echo'])
  t.same(ContainerSpec.Args, ['serve'])
  t.throws(() => definitionOf({}, { Init: 'echo' }), {
    kind: 'input',
    message: /what is to run/,
    path: 'Properties.command',
  })
  t.throws(() => definitionOf({ InitMode: 'error' }, { Init: 'echo' }), {
    kind: 'input',
    message: /InitMode: error/,
    path: 'Spec.Init',
  })
  t.match(definitionOf({ InitMode: 'ignore' }, { Init: 'echo' }), {
    TaskTemplate: { ContainerSpec: { Command: undefined } },
  })
})

t.test('parked, and back', async (t) => {
  for (const properties of [{}, { Mode: 'global', deploy: { placement: { constraints: ['node.role==worker'] } } }]) {
    const definition = stayingAt(definitionOf(properties), 'n1')
    t.notOk(isParked({ definition }))
    const away = parked(parked(definition, true), true)
    t.ok(isParked({ definition: away }))
    t.same(parked(away, false), definition, 'as it was')
  }
})

t.test('other tags', async (t) => {
  const definition = tagged(definitionOf({ deploy: { labels: { tier: 'web' } } }), { a: 'b', é: '=' })
  t.same(tagsOf({ labels: labelsOf(definition) }), { a: 'b', é: '=' })
  t.match(labelsOf(definition), { tier: 'web', a: 'b' })
})

t.test('what is changed in place has the same shape', async (t) => {
  const shape = (properties: object, published?: number[]) =>
    labelsOf(definitionOf(properties, {}, published))[shapeLabel]
  const plain = shape({ ports: [80] }, [20_001])
  t.equal(shape({ ports: [80] }, [20_002]), plain, 'a port that was chosen')
  t.equal(shape({ ports: [80], labels: { a: 'b' } }), plain)
  t.equal(shape({ ports: [80], deploy: { labels: { a: 'b' }, resources: { limits: { memory: '1g' } } } }), plain)
  for (const other of [
    { ports: [81] },
    { ports: [80], image: 'shop:2' },
    { ports: [80], environment: { A: 'b' } },
    { ports: [80], Mode: 'global' },
    { ports: [80], deploy: { placement: { constraints: ['node.role==worker'] } } },
    { ports: [80], deploy: { restart_policy: { condition: 'none' } } },
  ]) {
    t.not(shape(other), plain, JSON.stringify(other))
  }
  const template = (properties: object) => labelsOf(definitionOf(properties))[templateLabel]
  t.equal(template({ deploy: { labels: { a: 'b' } } }), template({}), 'a label of the service restarts nothing')
  t.not(template({ labels: { a: 'b' } }), template({}), 'one of the container does')
})

t.test('names', async (t) => {
  const key = { [tag.provision]: 'k' }
  t.equal(serviceName(key, undefined, 'r'), serviceName(key, undefined, 's'), 'the same for a key')
  t.match(serviceName({ ...key, [tag.group]: 'my group!' }, undefined, 'r'), /^my-group-[0-9a-f]{12}$/)
  t.equal(serviceName({}, undefined, 'abc'), 'infrakit-abc')
  t.equal(serviceName(key, 'db-1', 'r'), 'db-1')
  t.equal(serviceName({}, '10.0.0.1', 'r'), '10-0-0-1')
  t.ok(serviceName({ [tag.group]: 'x'.repeat(100), ...key }, undefined, 'r').length <= 63)
})
