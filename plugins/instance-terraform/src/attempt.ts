import { InfrakitError, messageOf } from '@infrakit/spi'
import type { Identity } from '@infrakit/programs'
import { errorsIn, isStale, lockIn, wordsOf, type Diagnostic, type Message } from './diagnostics.js'
import { unasked, wordsOfChanges } from './foreign.js'
import { instanceOf } from './history.js'
import { Refused, type Terraform } from './terraform.js'

/** A part of a plan, for one instance. */
export interface Task {
  readonly id: string
  readonly targets: readonly string[]
  /** Whether it may lose resources. */
  readonly mayGo: boolean
  /** Takes its change of the configuration back, so that the others can go on without it. */
  revert(): Promise<void>
}

export interface Attempted {
  /** Those of which nothing was applied, and why. */
  readonly refused: ReadonlyMap<Task, Error>
  /** What was said while the others were applied. */
  readonly messages: readonly Message[]
  /** Whether somebody killed Terraform meanwhile. */
  readonly killed: boolean
}

/** Plans that were overtaken by somebody else's changes are made anew so often. */
const turns = 5

/**
 * Plans and applies all tasks in one run, and those without the ones that Terraform refuses: what it says names a file or a
 * resource, or else each is tried by itself.
 */
export async function attempt(
  terraform: Terraform,
  tasks: readonly Task[],
  started: (supervisor: Identity) => Promise<void>,
): Promise<Attempted> {
  if (tasks.length === 0) return { refused: new Map(), messages: [], killed: false }
  const targets = tasks.flatMap((task) => task.targets)
  const ours = new Set(tasks.map(({ id }) => id))
  const mayGo = new Set(tasks.filter((task) => task.mayGo).map(({ id }) => id))
  const again = (some: readonly Task[]) => attempt(terraform, some, started)
  try {
    for (let turn = 1; ; turn++) {
      const plan = await terraform.plan(targets)
      const more = unasked(plan, { ours, mayGo })
      if (more.length > 0) return await refuse(tasks, again, () => tooMuch(wordsOfChanges(more)))
      if (plan.changes.length === 0) return { refused: new Map(), messages: [], killed: false }
      const { messages, ok } = await terraform.apply(plan, started)
      if (turn < turns && ok === false && isStale(errorsIn(messages))) continue
      return { refused: new Map(), messages, killed: ok === undefined }
    }
  } catch (error) {
    if (!(error instanceof Refused)) return await refuseAll(tasks, error)
    return await refuse(tasks, again, (one) => refusal(error.diagnostics, one), blame(tasks, error.diagnostics))
  }
}

/** What Terraform's words are about: some of the tasks, or something that none of them can help. */
function blame(tasks: readonly Task[], diagnostics: readonly Diagnostic[]): readonly Task[] | 'nobody' | undefined {
  if (lockIn(diagnostics)) return 'nobody'
  const ids = diagnostics.map((diagnostic) => instanceOf({ diagnostic }))
  const blamed = tasks.filter(({ id }) => ids.includes(id))
  if (blamed.length > 0) return blamed
  return diagnostics.every(({ range }) => range) ? 'nobody' : undefined
}

async function refuse(
  tasks: readonly Task[],
  again: (some: readonly Task[]) => Promise<Attempted>,
  why: (task: Task) => Error,
  blamed?: readonly Task[] | 'nobody',
): Promise<Attempted> {
  if (blamed === 'nobody' || tasks.length === 1) {
    for (const task of tasks) await task.revert()
    return { refused: new Map(tasks.map((task) => [task, why(task)])), messages: [], killed: false }
  }
  if (blamed === undefined) return merged(await inOrder(tasks.map((task) => () => again([task]))))
  const without = await refuse(blamed, again, why, 'nobody')
  return merged([without, await again(tasks.filter((task) => !blamed.includes(task)))])
}

async function refuseAll(tasks: readonly Task[], error: unknown): Promise<Attempted> {
  return refuse(
    tasks,
    () => Promise.reject(error instanceof Error ? error : new Error(messageOf(error))),
    () => asError(error),
    'nobody',
  )
}

async function inOrder<T>(works: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = []
  for (const work of works) results.push(await work())
  return results
}

function merged(parts: readonly Attempted[]): Attempted {
  return {
    refused: new Map(parts.flatMap(({ refused }) => [...refused])),
    messages: parts.flatMap(({ messages }) => messages),
    killed: parts.some(({ killed }) => killed),
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error))
}

/** Terraform's own words. */
export function refusal(diagnostics: readonly Diagnostic[], { id }: Pick<Task, 'id'>): InfrakitError {
  const lock = lockIn(diagnostics)
  if (lock) {
    const { id: lockId, who, since } = lock
    return new InfrakitError('unavailable', `the state of Terraform is locked by ${who} since ${since}`, {
      hint: `Wait until that run has ended. If none runs any more: terraform force-unlock ${lockId}`,
    })
  }
  const own = diagnostics.filter((diagnostic) => instanceOf({ diagnostic }) === id)
  const words = wordsOf(own.length > 0 ? own : diagnostics)
  const init = /terraform init/.test(words) ? 'Run terraform init in the folder.' : undefined
  return new InfrakitError('plugin-failed', `Terraform refuses: ${words}`, {
    hint:
      init ??
      (own.length > 0 ? 'Correct the template.' : 'Correct the configuration in the folder; see: terraform plan.'),
  })
}

function tooMuch(words: string): InfrakitError {
  return new InfrakitError('plugin-failed', `Terraform would do more than it was asked for: ${words}`, {
    hint: 'Look at it with terraform plan, and apply it yourself, or take it back; then it goes on.',
  })
}
