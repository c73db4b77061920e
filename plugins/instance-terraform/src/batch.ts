import { InfrakitError, matchesTags, messageOf } from '@infrakit/spi'
import { attempt, refusal, type Attempted, type Task } from './attempt.js'
import type { Change } from './changes.js'
import { errorsIn } from './diagnostics.js'
import type { Files } from './files.js'
import type { History } from './history.js'
import type { Journal } from './journal.js'
import type { Outcomes } from './queue.js'
import { relabelled } from './relabel.js'
import { noteType } from './render.js'
import { instanceIn, isNote, resourcesOf, type StateResource } from './state.js'
import type { Terraform } from './terraform.js'

export interface Workshop {
  readonly terraform: Terraform
  readonly files: Files
  readonly journal: Journal
  readonly history: History
  readonly log: { warn(fields: object, message: string): void }
}

/** Does a batch of changes, each to another instance, in as few runs of Terraform as it can. */
export async function doBatch(shop: Workshop, batch: readonly Change[]): Promise<Outcomes<Change>> {
  const { terraform, files, journal } = shop
  const before = resourcesOf(await terraform.show())
  const making = batch.filter(({ kind }) => kind === 'make').map(({ key }) => key)
  await journal.write({ making, supervisor: null })
  const outcomes = new Map<Change, Error | undefined>()
  const tasks = new Map<Change, Task>()
  for (const change of batch) {
    try {
      const task = await prepare(files, before, change)
      if (task) tasks.set(change, task)
      else outcomes.set(change, undefined)
    } catch (error) {
      outcomes.set(change, error instanceof Error ? error : new Error(String(error)))
    }
  }
  const attempted = await attempt(terraform, [...tasks.values()], (supervisor) => journal.write({ making, supervisor }))
  await remember(shop, attempted)
  const after = resourcesOf(await terraform.show())
  for (const [change, task] of tasks) {
    const error = attempted.refused.get(task) ?? failureOf(change, after, attempted)
    outcomes.set(change, error)
    if (!error && change.kind === 'remove') await files.forget(change.key)
    if (error && change.kind === 'label') await task.revert()
  }
  const failed = making.filter((id) => [...outcomes].some(([{ key }, error]) => key === id && error))
  await undo(shop, failed, after)
  await journal.clear()
  return outcomes
}

/** What the plan is to be about; `undefined` when there is nothing to do. */
async function prepare(files: Files, state: readonly StateResource[], change: Change): Promise<Task | undefined> {
  const { kind, key: id } = change
  const own = state.filter(({ name }) => instanceIn(name) === id)
  const inState = own.map(({ type, name }) => `${type}.${name}`)
  if (kind === 'remove') {
    await files.setAside(id)
    if (own.length > 0) return { id, targets: [...new Set(inState)], mayGo: true, revert: async () => undefined }
    await files.forget(id)
    return undefined
  }
  if (kind === 'make') {
    if (own.some(isNote)) return undefined
    await files.write(id, change.text)
    const targets = [...new Set([`${noteType}.${id}`, ...inState, ...change.targets])]
    return { id, targets, mayGo: true, revert: () => files.setAside(id) }
  }
  const text = await files.read(id)
  if (text === undefined) throw noFile(id, files.pathOf(id))
  await files.write(id, relabelled(text, id, change.labels))
  const revert = () => files.write(id, text)
  return { id, targets: [...new Set([`${noteType}.${id}`, ...inState])], mayGo: false, revert }
}

function noFile(id: string, path: string): InfrakitError {
  return new InfrakitError('plugin-failed', `cannot label ${id}: its file ${path} is gone`, {
    hint: 'Destroy the instance: what has no file is not kept up to date.',
  })
}

function failureOf(change: Change, state: readonly StateResource[], attempted: Attempted): Error | undefined {
  const id = change.key
  const own = state.filter(({ name }) => instanceIn(name) === id)
  const note = own.find(isNote)
  if (
    change.kind === 'remove'
      ? own.length === 0
      : note && own.every(({ tainted }) => !tainted) && isAsWanted(change, note)
  ) {
    return undefined
  }
  const errors = errorsIn(attempted.messages)
  if (errors.length > 0) return refusal(errors, { id })
  const why = attempted.killed ? 'it was killed' : 'it does not say why'
  return new InfrakitError('plugin-failed', `Terraform did not ${change.kind} ${id}: ${why}`)
}

function isAsWanted(change: Change, { values }: StateResource): boolean {
  const { Tags } = values?.['input'] as { Tags?: Record<string, string> }
  return change.kind !== 'label' || matchesTags(Tags, change.labels)
}

/** Takes away what is there of instances that could not be made. What cannot be taken away now is seen as failed. */
async function undo(shop: Workshop, ids: readonly string[], state: readonly StateResource[]): Promise<void> {
  const { terraform, files, log } = shop
  const tasks = new Map<string, Task>()
  for (const id of ids) {
    const task = await prepare(files, state, { kind: 'remove', key: id })
    if (task) tasks.set(id, task)
  }
  if (tasks.size === 0) return
  const attempted = await attempt(terraform, [...tasks.values()], async () => undefined)
  await remember(shop, attempted)
  const after = resourcesOf(await terraform.show())
  for (const [id, task] of tasks) {
    const error = attempted.refused.get(task) ?? failureOf({ kind: 'remove', key: id }, after, attempted)
    if (error) log.warn({ instance: id, error: error.message }, 'could not undo a provision')
    else await files.forget(id)
  }
}

async function remember({ history, log }: Workshop, { messages }: Attempted): Promise<void> {
  try {
    await history.add(messages)
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'could not write down what Terraform said')
  }
}

/** Goes on where a killed process was: waits for what it began, and undoes what it did not come to. */
export async function resume(shop: Workshop): Promise<void> {
  const { terraform, files, journal } = shop
  const underway = await journal.read()
  const supervisor = terraform.applying() ?? underway?.supervisor
  if (supervisor) {
    const { messages } = await terraform.await(supervisor)
    await remember(shop, { messages, refused: new Map(), killed: false })
  }
  const leaving = (await files.all()).filter((file) => file.leaving).map(({ id }) => id)
  if (!underway && leaving.length === 0) return
  const state = resourcesOf(await terraform.show())
  const isWhole = (id: string) => state.some((one) => one.name === id && isNote(one))
  const half = (underway?.making ?? []).filter((id) => !isWhole(id))
  await undo(shop, [...new Set([...half, ...leaving])], state)
  await journal.clear()
}
