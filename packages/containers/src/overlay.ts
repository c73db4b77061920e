import type { Tags } from '@infrakit/spi'
import { createTurns, openStore, type Store } from '@infrakit/store'
import { z } from 'zod'

const noteSchema = z.strictObject({
  Tags: z.record(z.string(), z.string()).optional(),
  Parked: z.boolean().optional(),
  /** It was parked and is being started: whoever finds this after a crash has to look whether it runs. */
  Starting: z.boolean().optional(),
  /** It is being destroyed: whoever finds this and no container after a crash forgets it. */
  Destroying: z.boolean().optional(),
})

/** What the plugin remembers of a container and the engine cannot: labels never change there. */
export type Note = z.output<typeof noteSchema>

/** The notes of all containers, durably, by ID. */
export class Overlay {
  readonly #inTurn = createTurns()

  private constructor(
    private readonly store: Store<Note>,
    private readonly notes: Map<string, Note>,
  ) {}

  /** Throws `StoreError` rather than forget what cannot be read. */
  static async open(dir: string): Promise<Overlay> {
    const store = await openStore<Note>(dir, { check: (value) => noteSchema.parse(value) })
    const notes = new Map<string, Note>()
    for (const id of await store.keys()) notes.set(id, (await store.read(id)) ?? {})
    return new Overlay(store, notes)
  }

  parked(id: string): boolean {
    return this.notes.get(id)?.Parked ?? false
  }

  /** The tags of a container, over those that it was made with. */
  tags(id: string, labels: Tags): Tags {
    return { ...labels, ...this.notes.get(id)?.Tags }
  }

  /** Adds tags. Throws `StoreError`; then nothing has changed. */
  label(id: string, tags: Tags): Promise<void> {
    return this.#change(id, (note) => ({ ...note, Tags: { ...note.Tags, ...tags } }))
  }

  /** Notes that it was stopped on purpose, or is to run again. Throws `StoreError`; then nothing has changed. */
  park(id: string, Parked: boolean): Promise<void> {
    return this.#change(id, ({ Parked: _before, Starting: _starting, ...note }) =>
      Parked ? { ...note, Parked } : note,
    )
  }

  /** Notes that it is about to be started; `park` says how that ended. Throws `StoreError`; then nothing has changed. */
  start(id: string): Promise<void> {
    return this.#change(id, (note) => ({ ...note, Starting: true }))
  }

  starting(id: string): boolean {
    return this.notes.get(id)?.Starting ?? false
  }

  /** Notes, where there is a note of it, that it is about to be destroyed; `forget` says that it was. */
  async destroy(id: string): Promise<void> {
    if (this.notes.has(id)) await this.#change(id, (note) => ({ ...note, Destroying: true }))
  }

  /** Those that were being destroyed. */
  destroying(): string[] {
    return [...this.notes].filter(([, note]) => note.Destroying).map(([id]) => id)
  }

  /** Forgets a container that is gone for good. */
  forget(id: string): Promise<void> {
    return this.#inTurn(id, async () => {
      if (!this.notes.has(id)) return
      await this.store.remove(id)
      this.notes.delete(id)
    })
  }

  #change(id: string, edit: (note: Note) => Note): Promise<void> {
    return this.#inTurn(id, async () => {
      const note = edit(this.notes.get(id) ?? {})
      await this.store.write(id, note)
      this.notes.set(id, note)
    })
  }
}
