import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createPlugins } from '@infrakit/discovery'
import { groupInterface } from '@infrakit/spi'
import { temporaryFolder, waitUntil } from '@infrakit/testing'
import type { Block } from './blocks.js'
import { endMarked } from './marked.js'

/** How long a command may take, and a plugin to be there (ms). Generous: test machines are busy. */
const patienceMs = 60_000
/** Plugins that a block puts into the background. For what else it starts there it waits itself. */
const pluginInBackground = /^infrakit-.* &$/gm

export interface Reader {
  /** Types a block; rejects, with all that was printed, when a command of it fails. */
  type(block: Block): Promise<void>
}

/** A folder that has what a reader finds in his clone. */
async function copyOfClone(root: string, folder: string): Promise<void> {
  const source = (path: string) => !['dist', 'node_modules', 'instances'].includes(basename(path))
  for (const name of ['docs', 'tutorial']) {
    await cp(join(root, name), join(folder, name), { recursive: true, filter: source })
  }
  for (const plugin of await readdir(join(root, 'plugins'))) {
    await mkdir(join(folder, 'plugins', plugin), { recursive: true })
    const example = join('plugins', plugin, 'example.yml')
    await cp(join(root, example), join(folder, example)).catch(() => undefined)
  }
  await cp(join(root, 'package.json'), join(folder, 'package.json'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
}

async function allConverged(pluginsDir: string): Promise<boolean> {
  const plugins = createPlugins(pluginsDir)
  try {
    const group = await plugins.get(groupInterface, 'group')
    const { Groups } = await group.inspectGroups({})
    const described = await Promise.all((Groups ?? []).map(({ ID }) => group.describeGroup({ ID })))
    return described.every(({ Description }) => Description.Converged)
  } finally {
    plugins.close()
  }
}

/**
 * Somebody who types the blocks of one page into one shell, in a home of his own. Between two blocks he waits until the
 * programs he put into the background are there and the groups are as they shall be.
 */
export async function reader(t: Parameters<typeof temporaryFolder>[0], root: string): Promise<Reader> {
  const folder = await temporaryFolder(t)
  const mark = randomUUID()
  const home = join(folder, 'home')
  const clone = join(folder, 'clone')
  const pluginsDir = join(home, '.infrakit', 'plugins')
  await mkdir(home)
  await mkdir(clone)
  await copyOfClone(root, clone)

  const { INFRAKIT_HOME, INFRAKIT_PLUGINS_DIR, ...inherited } = process.env
  void [INFRAKIT_HOME, INFRAKIT_PLUGINS_DIR]
  const path = `${join(root, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`
  const shell = spawn('bash', ['-e', '-o', 'pipefail'], {
    cwd: clone,
    env: { ...inherited, HOME: home, PATH: path, INFRAKIT_DOCS_READER: mark, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let output = ''
  let ended = false
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  shell.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  shell.once('exit', () => (ended = true))
  shell.stdin.on('error', () => undefined)
  t.teardown(() => {
    shell.kill('SIGKILL')
    endMarked(`INFRAKIT_DOCS_READER=${mark}`)
  })

  const servers = async () => (await readdir(pluginsDir).catch(() => [])).filter((name) => !/\.\w+$/.test(name)).length
  const look = async (before: number, started: number) => {
    if (started > 0) await waitUntil('the plugins', async () => (await servers()) >= before + started, patienceMs)
    // He only looks: what does not become as it shall be shows in what he types next.
    if ((await servers()) > 0)
      await waitUntil('the groups', () => allConverged(pluginsDir), 5000).catch(() => undefined)
  }

  return {
    async type(block) {
      const file = join(folder, `block-${block.line}`)
      const before = await servers()
      const end = `typed-${randomUUID()}`
      await writeFile(file, block.text)
      shell.stdin.write(`. ${file} </dev/null\necho ${end}\n`)
      await waitUntil('the block to end', () => ended || output.includes(end), patienceMs).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${output}`)
      })
      const typed = output.includes(end)
      output = output.replace(`${end}\n`, '')
      if (!typed) throw new Error(`a command of the block in line ${block.line} failed:\n${output}`)
      await look(before, block.text.match(pluginInBackground)?.length ?? 0)
    },
  }
}
