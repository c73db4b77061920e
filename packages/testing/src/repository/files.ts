import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The path of a file of this repository. Throws where the package stands alone. */
export function repositoryFile(path: string): string {
  const file = fileURLToPath(new URL(`../../../../../${path}`, import.meta.url))
  if (!existsSync(file)) throw new Error(`${path} is in the repository of InfraKit, which is not around here`)
  return file
}
