import { join } from 'node:path'
import type { Identity } from '@infrakit/programs'
import { openStore } from '@infrakit/store'

/** What is under way; the next process of the plugin reads it when this one was killed. */
export interface Underway {
  /** IDs of instances that are not there until Terraform has made them. */
  readonly making: readonly string[]
  /** Who applies the plan, once it was started. */
  readonly supervisor: Identity | null
}

export interface Journal {
  read(): Promise<Underway | undefined>
  write(underway: Underway): Promise<void>
  clear(): Promise<void>
}

const name = 'underway'

export async function openJournal(dir: string): Promise<Journal> {
  const store = await openStore<Underway>(join(dir, 'journal'))
  return {
    read: () => store.read(name),
    write: (underway) => store.write(name, underway),
    clear: () => store.remove(name),
  }
}
