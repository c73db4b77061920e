import { join } from 'node:path'
import { openStore } from '@infrakit/store'
import { temporaryFolder, type Teardown } from '@infrakit/testing'
import type { Role } from '../src/allocation.js'
import { Engines } from '../src/engines.js'
import { checkNote, Memory } from '../src/memory.js'
import { createSwarmFlavor } from '../src/plugin.js'

export interface FlavorUnderTest {
  readonly role?: Role
  /** What all URLs hold. */
  readonly content?: string
  readonly dir?: string
}

/** A flavor in this process; `logged` is what it wrote. */
export async function flavorFor(t: Teardown, { role = 'manager', content = '', dir }: FlavorUnderTest = {}) {
  const folder = dir ?? join(await temporaryFolder(t), 'swarms')
  const engines = new Engines()
  t.teardown(() => engines.close())
  const logged: string[] = []
  const log = {
    info: (_: object, message: string) => void logged.push(message),
    warn: (_: object, message: string) => void logged.push(message),
  }
  const memory = new Memory(await openStore(folder, { check: checkNote }), folder)
  const flavor = createSwarmFlavor({ role, engines, memory, log, read: async () => content, patienceMs: 0 })
  return { ...flavor, logged, memory, dir: folder }
}
