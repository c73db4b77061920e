import t from 'tap'
import { InfrakitError } from '../src/errors.js'
import { groupFile, groupProperties, parseInput } from '../src/schemas/index.js'

const good = { Allocation: { Size: 2 }, Instance: { Plugin: 'instance-file' }, Flavor: { Plugin: 'flavor-vanilla' } }

function problem(value: unknown, options = {}): string {
  try {
    parseInput(groupProperties, value, options)
  } catch (error) {
    if (error instanceof InfrakitError && error.kind === 'input') return error.message
    throw error
  }
  return 'none'
}

t.test('what is right passes', async (t) => {
  t.equal(problem(good), 'none')
  t.equal(problem({ ...good, Allocation: { Size: 0 } }), 'none')
  t.equal(problem({ ...good, $schema: 'group.json' }), 'none')
  t.equal(problem({ ...good, Updating: { Duration: '0s', Count: 0, SkipBeforeInstanceDestroy: null } }), 'none')
  t.same(parseInput(groupFile, { $schema: 'group.json', ID: 'a', Properties: good }).ID, 'a')
})

t.test('each problem names file, path and what was expected', async (t) => {
  const at = { source: 'app.json', prefix: 'Properties' }
  const cases: [value: object, text: string][] = [
    [
      { ...good, Allocation: { Size: 'two' } },
      'app.json: Properties.Allocation.Size: expected a whole number, got "two"',
    ],
    [{ ...good, Allocation: { Size: 1.5 } }, 'app.json: Properties.Allocation.Size: expected a whole number, got 1.5'],
    [
      { ...good, Allocation: { Size: ['secret'] } },
      'app.json: Properties.Allocation.Size: expected a whole number, got a list',
    ],
    [{ ...good, Allocation: 'secret' }, 'app.json: Properties.Allocation: expected an object, got a text'],
    [{ ...good, Allocation: { Size: -1 } }, 'app.json: Properties.Allocation.Size: must not be negative, got -1'],
    [{ ...good, Flavour: {} }, "app.json: Properties.Flavour: unknown key, did you mean 'Flavor'?"],
    [{ ...good, Instance: {} }, 'app.json: Properties.Instance.Plugin: is missing; expected a text'],
    [{ ...good, Instance: { Plugin: '' } }, 'app.json: Properties.Instance.Plugin: must not be empty'],
    [{ ...good, Instance: { Plugin: 7 } }, 'app.json: Properties.Instance.Plugin: expected a text, got a number'],
    [
      { ...good, Allocation: { Size: 1, State: 'stoped' } },
      `app.json: Properties.Allocation.State: expected "running" or "stopped", got "stoped"; did you mean 'stopped'?`,
    ],
    [
      { ...good, Healing: { Interval: 'soon' } },
      'app.json: Properties.Healing.Interval: expected a duration such as 10s, 1m30s or 500ms',
    ],
    [
      { ...good, Allocation: { LogicalIDs: ['a', 3] } },
      'app.json: Properties.Allocation.LogicalIDs[1]: expected a text, got a number',
    ],
  ]
  for (const [value, text] of cases) t.equal(problem(value, at), text)
})

t.test('several problems stand on lines of their own', async (t) => {
  const lines = problem({ ...good, Flavor: {}, Instance: {} }).split('\n')
  t.equal(lines.length, 2)
})

t.test('the error carries the first path', async (t) => {
  t.throws(() => parseInput(groupProperties, { ...good, Allocation: { Size: 'x' } }), {
    path: 'Allocation.Size',
  } as never)
})
