import { rejection, waitUntil } from '@infrakit/testing'
import { docker, inspect, needsDocker, testImage } from '@infrakit/testing/engine'
import t from 'tap'
import { serve, sh, waits } from './support.js'

/**
 * A process of it uses up memory until it is killed; it ends as that one did, a little later: a busy engine does not hear
 * that there was too little memory when the container is gone at once (2 of 60, Docker 20.10).
 */
const greedy = sh('tail /dev/zero; code=$?; sleep 2; exit $code')

t.test('how a container ended is told', needsDocker, async (t) => {
  const { make, describe, instance, logs } = await serve(t)
  const image = testImage('busybox')
  const cases: [what: object, reason: RegExp][] = [
    [{ command: sh('echo last words; exit 3') }, /^exited with code 3$/],
    [{ command: sh('exit 0') }, /^exited with code 0$/],
    [{ command: sh('kill -SEGV $$'), init: true }, /^exited with code 139 \(SIGSEGV\)$/],
    [
      { command: greedy, mem_limit: '16m', memswap_limit: '16m' },
      /^exited with code 137 \(SIGKILL\): it used more memory than it may$/,
    ],
  ]
  const ends = cases.map(async ([properties, reason]) => {
    const id = await make({ image, ...properties })
    const one = await waitUntil(
      'its end',
      async () => {
        const found = await describe(id)
        return found?.State === 'failed' && found
      },
      30_000,
    )
    t.match(one.StateReason, reason)
    return id
  })
  const [first = '', ...others] = await Promise.all(ends)
  t.same((await logs.tail({ Instance: first })).Lines, ['last words'], 'its words can be read')
  const killed = await make({ image, command: waits })
  docker('kill', killed)
  t.match(await describe(killed), { State: 'failed', StateReason: 'exited with code 137 (SIGKILL)' })
  const paused = await make({ image, command: waits })
  docker('pause', paused)
  t.match(await describe(paused), { State: undefined, StateReason: 'is paused' })
  for (const id of [first, ...others, killed, paused]) await instance.destroy({ Instance: id })
  docker('rm', '-f', await make({ image, command: waits }))
  t.same((await instance.describeInstances({})).Descriptions, [], 'what somebody removed is gone')
})

t.test(
  'stopped through Lifecycle: parked and not lost, also for the next life of the plugin',
  needsDocker,
  async (t) => {
    const first = await serve(t)
    const image = testImage('busybox')
    const [kept, restarting] = [
      await first.make({ image, command: waits }),
      await first.make({ image, command: waits, restart: 'always' }),
    ]
    for (const Instance of [kept, restarting]) await first.lifecycle.stop({ Instance })
    await first.lifecycle.stop({ Instance: kept })
    t.match(await first.list(), [{ State: 'stopped' }, { State: 'stopped' }])
    const second = await first.again()
    t.match(await second.list(), [{ State: 'stopped' }, { State: 'stopped' }])
    for (const Instance of [kept, restarting]) await second.lifecycle.start({ Instance })
    await second.lifecycle.start({ Instance: kept })
    t.match(await second.list(), [{ State: undefined }, { State: undefined }])
    docker('kill', kept)
    t.match(await second.describe(kept), { State: 'failed' }, 'it is not parked any more')
    await second.lifecycle.stop({ Instance: restarting })
    await second.instance.destroy({ Instance: restarting })
    t.same(await second.ids(), [kept])
    t.match(await rejection(second.lifecycle.start({ Instance: restarting })), { kind: 'not-found' })
  },
)

t.test('destroy: the stop signal, the grace, then it is killed', needsDocker, async (t) => {
  const { make, instance, containers } = await serve(t)
  const image = testImage('busybox')
  const note = (signal: string) =>
    sh(`trap 'echo ended by ${signal}; exit 0' ${signal}; while :; do sleep 0.1 & wait $!; done`)
  const polite = await make({ image, command: note('INT'), stop_signal: 'SIGINT', stop_grace_period: '60s' })
  const deaf = await make({ image, command: sh('trap "" TERM; while :; do sleep 0.1; done'), stop_grace_period: '1s' })
  const codes = new Map<string, string>()
  const heard = ['events', '--since', String(Math.floor(Date.now() / 1000) - 1), '--until']
  await Promise.all([polite, deaf].map((Instance) => instance.destroy({ Instance })))
  // An event of this second is told only when the second is over.
  const format = ['--filter', 'event=die', '--format', '{{.ID}} {{.Actor.Attributes.exitCode}}']
  const until = String(Math.ceil(Date.now() / 1000) + 1)
  for (const line of docker(...heard, until, ...format).split('\n'))
    codes.set(line.slice(0, 12), line.split(' ')[1] ?? '')
  t.equal(codes.get(polite), '0', 'it was asked')
  t.equal(codes.get(deaf), '137', 'it was killed')
  t.same(containers(), [])
  for (const Instance of [polite, deaf, 'nosuch']) {
    t.match(await rejection(instance.destroy({ Instance })), { kind: 'not-found' })
  }
  const twice = await make({ image, command: waits })
  const all = await Promise.allSettled([1, 2, 3].map(() => instance.destroy({ Instance: twice })))
  const refused = all.filter((one): one is PromiseRejectedResult => one.status === 'rejected')
  t.ok(refused.length < 3 && refused.every(({ reason }) => (reason as { kind: string }).kind === 'not-found'))
  t.same(containers(), [])
})

t.test(
  'a container that its engine restarts is there all the time; one that it gives up has failed',
  needsDocker,
  async (t) => {
    const { make, list, describe, instance } = await serve(t)
    const image = testImage('busybox')
    const crashing = sh('sleep 0.2; exit 5')
    const [always, limited] = await Promise.all([
      make({ image, command: crashing, restart: 'always' }),
      make({ image, command: crashing, restart: 'on-failure:2' }),
    ])
    const done = await make({ image, command: sh('exit 0'), restart: 'on-failure' })
    const seen = new Map<string, Set<string>>([always, limited, done].map((id) => [id, new Set()]))
    await waitUntil(
      'the engine to give one up, and to start the other one often enough',
      async () => {
        for (const { ID, State = 'there', StateReason = 'runs' } of await list())
          seen.get(ID)?.add(`${State}: ${StateReason}`)
        return inspect(always).RestartCount >= 4 && (await describe(limited))?.State === 'failed'
      },
      60_000,
    )
    const again = 'there: exited with code 5; the engine starts it again'
    t.same([...(seen.get(always) ?? [])].sort(), [again, 'there: runs'], 'always: it is never lost')
    const words = [...(seen.get(limited) ?? [])].filter((one) => one.startsWith('failed'))
    t.ok(words.length <= 1, 'failed once, and then for good')
    t.match(await describe(limited), { State: 'failed', StateReason: 'exited with code 5' })
    t.equal(inspect(limited).RestartCount, 2)
    t.match(
      await describe(done),
      { State: 'failed', StateReason: 'exited with code 0' },
      'on-failure: a success is an end',
    )
    await instance.destroy({ Instance: always })
    t.equal(await describe(always), undefined, 'destroyed for good')

    const obeyed = await make({ image, command: waits, restart: 'unless-stopped' })
    docker('stop', obeyed)
    t.match(
      await describe(obeyed),
      { State: 'failed', StateReason: 'exited with code 0' },
      'stopped by hand: nobody parked it',
    )
  },
)
