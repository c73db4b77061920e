import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { temporaryFolder, type Teardown } from '@infrakit/testing'
import type { Mutant } from './mutants.js'
import type { Planner } from './simulation.js'

/** Compiled; the planner and what it decides by are these two files. */
const sources = fileURLToPath(new URL('../../src/', import.meta.url))
const parts = ['plan.js', 'situation.js']

/** Loads a planner with one piece of its source exchanged. Throws when the piece does not stand there exactly once. */
export async function mutate(t: Teardown, mutant: Mutant): Promise<Planner> {
  const { name, find, replace } = mutant
  const file = mutant.file ?? 'plan.js'
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  for (const part of parts) await cp(join(sources, part), join(folder, part))
  const pieces = (await readFile(join(folder, file), 'utf8')).split(find)
  if (pieces.length !== 2) {
    throw new Error(
      `mutant '${name}' is stale: its piece stands ${pieces.length - 1} times in ${file}, not once: ${find}\n` +
        'Look at what became of it in the source, and say in mutants.ts what would be wrong there now.',
    )
  }
  await writeFile(join(folder, file), pieces.join(replace))
  const { plan } = (await import(pathToFileURL(join(folder, 'plan.js')).href)) as { plan: Planner }
  return plan
}
