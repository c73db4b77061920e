/**
 * What `infrakit plugin ls` has to do and no more: commander reads the command line, the folder is read, of each socket
 * its kind, the lock that names its process, and whether that lives. Argument: the folder.
 */
import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Command } from 'commander'

async function look(folder: string, name: string): Promise<string> {
  await stat(join(folder, name))
  const lock = await readlink(join(dirname(folder), `.${basename(folder)}.${name}.lock`))
  const pid = /^pid=(\d+)/.exec(lock)?.[1] ?? ''
  await readFile(`/proc/${pid}/stat`, 'utf8')
  await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
  return `${name.padEnd(20)}${join(folder, name)}`
}

async function list(folder: string): Promise<void> {
  const sockets = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isSocket())
  const lines = await Promise.all(sockets.map(({ name }) => look(folder, name)))
  process.stdout.write(`Plugins:\n${'NAME'.padEnd(20)}LISTEN\n${lines.sort().join('\n')}\n`)
}

const program = new Command('infrakit').option('--json').option('-q, --quiet')
program.command('plugin').command('ls <folder>').option('--probe').action(list)
await program.parseAsync(process.argv.slice(2), { from: 'user' })
