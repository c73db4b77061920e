import { InfrakitError, type DeploymentHook, type DeploymentTest, type HookMoment } from '@infrakit/spi'
import type { About, Action, Step } from './actions.js'
import { activeOf, groupPluginOf, type Candidate, type Facts } from './facts.js'
import { groupSpec, type GroupShape } from './group-spec.js'
import type { ReleaseRecord, Traffic } from './records.js'
import { settingsOf, seconds } from './settings.js'
import { sharedTraffic } from './traffic-plan.js'

/** Makes the group of a release what `shape` says, and waits until it is. */
export function bringTo(facts: Facts, record: ReleaseRecord, shape: GroupShape): readonly Action[] {
  return [commit(facts, record, shape), converge(record, shape.group, shape.size)]
}

/** What can take long, and fail, comes before anything is changed. What is kept in being needs nothing. */
export function pullSteps(facts: Facts, { record: { Spec }, kept }: Candidate): Step[] {
  const { Instance } = Spec.Group
  const isThere = kept !== undefined && kept.State !== 'replaced'
  if (isThere || !facts.pulling.has(Instance.Plugin)) return []
  const Seconds = settingsOf(Spec).pullSeconds
  return [
    {
      Name: 'pull',
      Text: `Have ${Instance.Plugin} pull what the instances are made of`,
      Do: [{ Type: 'pull', Instance, Seconds }],
      Undo: [],
    },
  ]
}

export function commit(facts: Facts, record: ReleaseRecord, shape: GroupShape): Action {
  return { Type: 'commit', Plugin: groupPluginOf(record.Spec), Spec: groupSpec(record, shape, facts.hook) }
}

export function converge({ Spec }: ReleaseRecord, group: string, size: number): Action {
  const { startSeconds } = settingsOf(Spec)
  return { Type: 'converge', Plugin: groupPluginOf(Spec), Group: group, Size: size, Seconds: startSeconds }
}

/**
 * Ends a group and all that is in it. It gets no requests then: its members need no drain, and are not kept by a flavor
 * that cannot be asked. One that is stopped must be said to be: it would be started first.
 */
export function dissolve(facts: Facts, record: ReleaseRecord, shape: GroupShape): readonly Action[] {
  const Spec = groupSpec(record, { ...shape, drain: false }, facts.hook)
  const { retireSeconds } = settingsOf(record.Spec)
  return [{ Type: 'dissolve', Plugin: groupPluginOf(record.Spec), Spec, Seconds: retireSeconds }]
}

export function route(facts: Facts, { Spec }: ReleaseRecord, traffic: Traffic | null, verify: string | null): Action {
  return {
    Type: 'route',
    Traffic: traffic,
    Verify: verify,
    Clear: [...new Set([...(Spec.Proxies ?? []), ...(facts.traffic?.Proxies ?? [])])],
    Seconds: settingsOf(Spec).switchSeconds,
  }
}

/** Waits until what the candidate was given before it was taken out of the proxies is answered. */
export function drainOf(facts: Facts, candidate: Candidate): Action {
  return { Type: 'drain', Traffic: sharedTraffic(candidate, facts.traffic, 0), Group: candidate.group }
}

export function aboutOf({ record, colour, group }: Candidate): About {
  return {
    Service: record.Spec.Service,
    Release: record.Release,
    Colour: colour,
    Group: group,
    GroupPlugin: groupPluginOf(record.Spec),
    InstancePlugin: record.Spec.Group.Instance.Plugin,
  }
}

/** Lets the candidate have its share of the requests for a while; what is seen of it may end the deployment. */
export function watchStep(facts: Facts, candidate: Candidate, share: string): Step {
  const { Proxies, Routes, Strategy } = candidate.record.Spec
  const { pauseSeconds } = settingsOf(candidate.record.Spec)
  const old = activeOf(facts)
  return {
    Name: `watch ${share}`,
    Text: Strategy?.Manual ? 'Watch it until it is promoted' : `Watch it for ${pauseSeconds}s`,
    Do: [
      {
        Type: 'watch',
        About: aboutOf(candidate),
        // What has taken its place cannot be compared with it.
        Old: old && old.Group !== candidate.group ? old.Group : '',
        Proxies: Proxies ?? [],
        Routes: (Routes ?? []).map(({ Name }) => Name),
        Seconds: pauseSeconds,
        Manual: Strategy?.Manual ?? false,
        Analysis: Strategy?.Analysis ?? {},
      },
    ],
    Undo: [],
  }
}

/** The tests of one kind, a step each. */
export function testSteps(candidate: Candidate, When: 'pre' | 'post'): Step[] {
  const { Tests } = candidate.record.Spec
  const tests: readonly DeploymentTest[] = (When === 'pre' ? Tests?.Pre : Tests?.Post) ?? []
  const where = When === 'pre' ? `release ${candidate.record.Release} directly` : 'through the proxies'
  return tests.map((Test) => ({
    Name: `${When}-test ${Test.Name}`,
    Text: `Test '${Test.Name}': ${wayOf(Test)}, ${where}`,
    Do: [{ Type: 'test', When, Test, About: aboutOf(candidate) }],
    Undo: [],
  }))
}

function wayOf({ Command, HTTP }: DeploymentTest): string {
  if (Command) return Command.join(' ')
  return HTTP ? `${HTTP.Method ?? 'GET'} ${HTTP.URL ?? HTTP.Path ?? '/'}` : 'a job of the instance plugin'
}

/**
 * The hooks of a moment, a step each. Throws `input` for one whose effect could not be taken back when something fails
 * after it.
 */
export function hookSteps(candidate: Candidate, moment: HookMoment, when: 'before' | 'after'): Step[] {
  const hooks = candidate.record.Spec.Hooks ?? []
  const concerned = hooks.filter(({ Step, When }) => Step === moment && (When ?? 'before') === when)
  const undoable = moment === 'start' || moment === 'switch' || (moment === 'record' && when === 'before')
  return concerned.map((hook) => {
    if (undoable && !hook.Undo && !hook.ReadOnly) {
      throw new InfrakitError('input', `Hooks: '${hook.Name}' could not be taken back when a later step fails`, {
        path: 'Hooks',
        hint: 'give it Undo, or ReadOnly: true when there is nothing to take back, or let it run after record',
      })
    }
    const undo = undoable && hook.Undo ? run(candidate, hook, hook.Undo) : undefined
    return {
      Name: `hook ${hook.Name}`,
      Text: `Run hook '${hook.Name}': ${hook.Command.join(' ')}`,
      ...(undo && hook.Undo ? { UndoText: `run ${hook.Undo.join(' ')}` } : {}),
      Do: [run(candidate, hook, hook.Command)],
      Undo: undo ? [undo] : [],
    }
  })
}

function run(candidate: Candidate, { Name, Timeout }: DeploymentHook, Command: readonly string[]): Action {
  return { Type: 'hook', Name, Command, Seconds: seconds(Timeout, '1m'), About: aboutOf(candidate) }
}
