import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface PackageInfo {
  /** Name of the first executable of the package. */
  readonly executable: string | undefined
  readonly version: string
}

/** What the package.json nearest to a module says; version `0.0.0` when there is none. */
export async function packageInfo(module: string): Promise<PackageInfo> {
  let folder = dirname(fileURLToPath(module))
  for (;;) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined)
    if (text !== undefined) return readInfo(text)
    if (dirname(folder) === folder) return { executable: undefined, version: '0.0.0' }
    folder = dirname(folder)
  }
}

function readInfo(text: string): PackageInfo {
  const { bin, version } = JSON.parse(text) as { bin?: unknown; version?: unknown }
  const executable = typeof bin === 'object' && bin !== null ? Object.keys(bin)[0] : undefined
  return { executable, version: typeof version === 'string' ? version : '0.0.0' }
}
