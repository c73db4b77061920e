import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder, type Teardown } from '@infrakit/testing'
import { endMarked } from '../docs-blocks/marked.js'

const program = fileURLToPath(new URL('../../../cli/bin/infrakit.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A home of its own for plugins and the command line; whatever was started in it ends with the test. */
export interface Home {
  readonly folder: string
  readonly pluginsDir: string
  readonly env: NodeJS.ProcessEnv
  /** Runs the command line to its end, whatever that is. */
  attempt(...args: string[]): Promise<Ended>
  /** Runs the command line, which must end well; answers what it printed on standard output. */
  infrakit(...args: string[]): Promise<string>
}

export async function createHome(t: Teardown): Promise<Home> {
  const folder = await temporaryFolder(t)
  const mark = randomUUID()
  t.teardown(() => endMarked(`INFRAKIT_TEST_HOME=${mark}`))
  const pluginsDir = join(folder, 'plugins')
  const env = {
    ...process.env,
    INFRAKIT_HOME: folder,
    INFRAKIT_PLUGINS_DIR: pluginsDir,
    INFRAKIT_TEST_HOME: mark,
    NO_COLOR: '1',
  }

  async function attempt(...args: string[]): Promise<Ended> {
    const child = spawn(process.execPath, [program, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, stdout, stderr }
  }

  async function infrakit(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await attempt(...args)
    if (code === 0) return stdout
    throw new Error(`infrakit ${args.join(' ')} ended with status ${code}:\n${stdout}${stderr}`)
  }

  return { folder, pluginsDir, env, attempt, infrakit }
}
