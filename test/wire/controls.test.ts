import t from 'tap'
import { compareBodies, compareReplies } from './support/compare.js'
import { expectDeviations } from './support/deviations.js'
import { lacks, recordedFields } from './support/fields.js'
import { linkMembers } from './support/link-instances.js'
import { followInstances } from './support/recorded-instances.js'
import { readSession, sessionFile, versions } from './support/recording.js'
import { createIdMap, withOurHashes } from './support/translate.js'

/** The other tests of this folder prove something only if these would make them fail. */
const answer = (result: unknown, id = '5577006791947779410') =>
  `{"jsonrpc":"2.0","result":${JSON.stringify(result)},"id":${id}}\n`
const failure = (code: number, message: string) =>
  `{"jsonrpc":"2.0","error":{"code":${code},"message":${JSON.stringify(message)},"data":null},"id":5577006791947779410}\n`

t.test('what counts as a difference', async (t) => {
  const cases: [what: string, recorded: string, actual: string, differs: string[]][] = [
    ['nothing', answer({ OK: true }), answer({ OK: true }), []],
    ['an id through a JavaScript number', answer({}), answer({}, '5577006791947779000'), ['id']],
    ['a number as id where a text was sent', answer({}, '"1"'), answer({}, '1'), ['id']],
    ['no line end', answer({}), answer({}).trimEnd(), ['body.end']],
    ['nothing at all', answer({}), '', ['body']],
    ['a member that is missing', answer({ OK: true }), answer({}), ['result.OK']],
    ['a member of another type', answer({ Size: 5 }), answer({ Size: '5' }), ['result.Size']],
    ['null for absent', answer({ LogicalID: null }), answer({}), []],
    ['a named addition', answer({ ID: 'instance-1' }), answer({ Type: '', ID: 'instance-1' }), []],
    ['an addition that nobody named', answer({ ID: 'x' }), answer({ ID: 'x', Secret: 1 }), ['result.Secret']],
    [
      'an instance too few, in another order',
      answer({ Descriptions: [{ ID: 'a' }, { ID: 'b' }] }),
      answer({ Descriptions: [{ ID: 'b' }] }),
      ['result.Descriptions[]'],
    ],
    [
      'an instance too many',
      answer({ Descriptions: [{ ID: 'a' }] }),
      answer({ Descriptions: [{ ID: 'b' }, { ID: 'a' }] }),
      ['result.Descriptions[]'],
    ],
    [
      'a version too few',
      answer({ APIs: [{ Name: 'Instance', Version: '0.5.0' }] }),
      answer({ APIs: [{ Name: 'Instance', Version: '0.3.0' }] }),
      ['result.APIs[]'],
    ],
    ['an error for a result', answer({ OK: true }), failure(-32000, 'no'), ['error']],
    ['a result for an error', failure(-32000, 'no'), answer({ OK: true }), ['result']],
    ['another text', failure(-32000, 'no'), failure(-32000, 'yes'), ['error.message']],
    ['another code of the application', failure(-32000, 'no'), failure(-32001, 'no'), []],
    ['another code of JSON-RPC', failure(-32600, 'no'), failure(-32700, 'no'), ['error.code']],
  ]
  for (const [what, recorded, actual, differs] of cases) {
    const found = compareBodies(recorded, actual).map(({ path }) => path)
    t.same([...new Set(found)], differs, what)
  }
  const reply = { status: 200, contentType: 'text/plain; charset=utf-8', body: answer({}) }
  const other = compareReplies(reply, { ...reply, status: 500, contentType: null })
  t.same(
    other.map(({ path }) => path),
    ['status', 'contentType'],
  )
})

t.test('a deviation explains what it names and nothing else, and is missed when it is not needed', async (t) => {
  const listed = { file: 'f', name: 'n', index: 1, differs: ['result.a', 'result.b'], reason: 'because it is so' }
  const expected = expectDeviations([listed], 'f')
  const a = { path: 'result.a', detail: '' }
  const c = { path: 'result.c', detail: '' }
  t.same(expected.unexpected({ file: 'f', name: 'n', index: 2 }, [a]), [a], 'another exchange')
  t.same(expected.unneeded(), ['f n (1): result.a', 'f n (1): result.b'])
  t.same(expected.unexpected({ file: 'f', name: 'n', index: 1 }, [a, c]), [c])
  t.same(expected.unneeded(), ['f n (1): result.b'])
})

t.test('fields that a request of an era must have', async (t) => {
  const provision = { Type: '', Spec: { Properties: {}, Tags: {}, Init: '', LogicalID: null, Attachments: null } }
  const { Type: _type, ...early } = provision
  const { Init: _init, ...lacking } = provision.Spec
  t.same(lacks(provision, recordedFields('v0.4.1')('Instance.Provision')), [])
  t.same(lacks(early, recordedFields('v0.1.0')('Instance.Provision')), [], 'v0.1.0 had no Type')
  t.same(lacks(early, recordedFields('v0.4.1')('Instance.Provision')), ['Type is missing'])
  t.same(lacks({ ...provision, Spec: lacking }, recordedFields('HEAD')('Instance.Provision')), ['Spec.Init is missing'])
  t.same(lacks({ Type: '', Instance: 7 }, recordedFields('v0.5')('Instance.Destroy')), [
    'Instance is number, recorded were string',
  ])
  t.same(lacks({ Type: '', Instance: 'i' }, recordedFields('HEAD')('Instance.Destroy')), ['Context is missing'])
})

t.test('one instance vanishes in each session', async (t) => {
  for (const version of versions) {
    const recorded = followInstances()
    const vanished = readSession(version).flatMap((call) => recorded.vanishedBefore(call))
    t.equal(vanished.length, 1, sessionFile(version))
  }
})

t.test('config hashes of all releases become those of v0.5', async (t) => {
  const early = '{"infrakit.config_sha":"006438mMXW8gXeYtUxgf9Zbg94Y="}'
  const late = '{"infrakit.config.hash":"2nhlrx6jrrow6ic54ywvgga76wlob54g"}'
  const ours = '{"infrakit.config_sha":"2nhlrx6jrrow6ic54ywvgga76wlob54g"}'
  for (const text of [early, late, ours]) t.equal(withOurHashes(text), ours)
})

t.test('members are paired with live ones that are alike', async (t) => {
  const group = (...Instances: object[]) => answer({ Description: { Instances } })
  const ids = createIdMap()
  const recorded = group({ ID: 'instance-1', Tags: { a: '1' } }, { ID: 'instance-2', LogicalID: 'x', Tags: { a: '1' } })
  linkMembers(
    ids,
    recorded,
    group({ ID: 'instance-8', LogicalID: 'x', Tags: { a: '1' } }, { ID: 'instance-9', Tags: { a: '2' } }),
  )
  t.equal(ids.live('instance-2'), 'instance-8')
  t.equal(ids.live('instance-1'), undefined, 'none is like it')
  t.equal(ids.toLive('instance-2 instance-1'), 'instance-8 instance-1')
  t.equal(ids.toRecorded('instance-8'), 'instance-2')
})
