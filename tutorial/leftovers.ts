import { readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'

/** Ends by force whatever still serves in the plugin folder of the tour's own home. Throws when there was something. */
export async function endLeftovers(home: string): Promise<void> {
  const folder = join(home, 'plugins')
  const names = await readdir(folder).catch(() => [])
  const ended: string[] = []
  for (const name of names.filter((file) => file.endsWith('.pid'))) {
    const pid = Number(await readFile(join(folder, name), 'utf8').catch(() => ''))
    if (pid > 0 && kill(pid)) ended.push(`${name.slice(0, -'.pid'.length)} (pid ${pid})`)
  }
  if (ended.length > 0) throw new Error(`${ended.join(', ')} did not end and had to be killed`)
}

/**
 * Ends instances of the tour's own home that outlived their plugin, as processes do: they run in its folders. There are none
 * unless the tour was interrupted.
 */
export async function endInstances(home: string): Promise<void> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  for (const pid of pids) {
    const folder = await readlink(join('/proc', pid, 'cwd')).catch(() => '')
    if (folder.startsWith(`${home}/`)) kill(Number(pid))
  }
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already.
    return false
  }
}
