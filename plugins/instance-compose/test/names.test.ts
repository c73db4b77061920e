import type { ListedContainer } from '@infrakit/docker'
import { tag } from '@infrakit/spi'
import t from 'tap'
import { composeLabels } from '../src/labels.js'
import { namingOf, nextName, ownNetworks, takenNames } from '../src/names.js'
import { survey } from '../src/networks.js'
import { readinessOf } from '../src/sides.js'

const listed = (name: string, more: Partial<ListedContainer> = {}, service = '', project = 'shop') =>
  ({
    name,
    state: 'running',
    status: 'Up 2 seconds',
    labels: { [composeLabels.project]: project, [composeLabels.service]: service },
    ...more,
  }) as ListedContainer

t.test('names of replicas', async (t) => {
  const of = (service: object, as?: string, spec: object = {}) =>
    namingOf({ project: 'shop', service: { ...service } }, { service: 'app', as }, spec)
  const named = (naming: ReturnType<typeof of>, ...names: string[]) =>
    nextName(
      naming,
      takenNames(
        names.map((name) => listed(name)),
        'shop',
      ),
      [],
    )?.container
  const web = { Tags: { [tag.group]: 'web' } }
  t.equal(named(of({}, 'app-blue')), 'shop-app-blue-1')
  t.equal(named(of({}, undefined, web)), 'shop-app-web-1', "the service's own name is its owner's")
  t.equal(named(of({}, undefined)), 'shop-app-infrakit-1')
  t.equal(named(of({}, 'b'), 'shop-b-1', 'shop-b-3'), 'shop-b-2', 'gaps are refilled')
  t.equal(named(of({}, 'b', { LogicalID: 'a/b' })), 'shop-b-a-b', 'a pet')
  t.equal(named(of({}, 'b', { LogicalID: 'p' }), 'shop-b-p'), undefined)
  t.equal(named(of({ container_name: 'mine' }, undefined, web)), 'mine')
  t.equal(named(of({ container_name: 'mine' }, undefined, web), 'mine'), undefined)
  t.equal(named(of({ container_name: 'mine' }, 'b'), 'mine'), 'shop-b-1', 'under another name it does not count')
  const services = takenNames([listed('x', {}, 'b-1'), listed('y', {}, 'b-2', 'other')], 'shop')
  t.equal(nextName(of({}, 'b'), services, [])?.service, 'b-2', 'services of the project are not taken over')
  t.equal(nextName(of({}, 'b'), new Set(), ['b-1'])?.service, 'b-2', "nor the user's that are only in the file")
})

t.test('networks that a project makes, and those that there are', async (t) => {
  t.same(ownNetworks({ project: 'shop', networks: { a: { name: 'x' }, b: { external: true }, c: null } }), [
    'x',
    'shop_c',
  ])
  const labels = { [composeLabels.project]: 'shop' }
  const network = (name: string, id: string, of = labels) => ({ name, id, driver: 'bridge', labels: of })
  const others = [
    network('d', '4', { [composeLabels.project]: 'other' }),
    network('d', '5', { [composeLabels.project]: 'other' }),
  ]
  t.same(survey('shop', ['a', 'b', 'c'], [network('a', '1'), network('b', '2'), network('b', '3'), ...others]), {
    missing: ['c'],
    multiple: [['2', '3']],
  })
})

t.test('when a side service is ready', async (t) => {
  const up = listed('a')
  const exited = (code: number) => listed('a', { state: 'exited', status: `Exited (${code}) 2 seconds ago` })
  const health = (status: string) => listed('a', { status: `Up 2 seconds (${status})` })
  const cases: [
    condition: Parameters<typeof readinessOf>[0]['condition'],
    containers: ListedContainer[],
    expected: unknown,
  ][] = [
    ['service_started', [], 'absent'],
    ['service_started', [up], 'ready'],
    ['service_started', [health('unhealthy')], 'ready'],
    ['service_started', [exited(0)], 'absent'],
    ['service_healthy', [up], 'ready'],
    ['service_healthy', [health('healthy')], 'ready'],
    ['service_healthy', [health('health: starting')], 'wait'],
    ['service_healthy', [health('unhealthy')], { fail: 'a is unhealthy' }],
    ['service_completed_successfully', [up], 'wait'],
    ['service_completed_successfully', [exited(0)], 'ready'],
    ['service_completed_successfully', [exited(3)], { fail: 'a ended badly: Exited (3) 2 seconds ago' }],
    ['service_completed_successfully', [listed('a', { state: 'created' })], 'absent'],
  ]
  for (const [condition, containers, expected] of cases) {
    t.same(readinessOf({ condition }, containers), expected, `${condition}: ${containers[0]?.status ?? 'none'}`)
  }
})
