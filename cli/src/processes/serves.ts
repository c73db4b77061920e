import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { unnamedSocket } from '@infrakit/discovery'

/** Whether a process holds the plugin socket at `path`: the proof that a pid file still tells the truth. */
export function servesSocket(pid: number, path: string): boolean {
  // The system remembers where a socket was bound, not what it was called afterwards.
  const bound = [path, unnamedSocket(dirname(path), basename(path))]
  return process.platform === 'linux' ? servesOnLinux(pid, bound) : servesElsewhere(pid, bound)
}

function servesOnLinux(pid: number, bound: readonly string[]): boolean {
  const wanted = new Set(listeningInodes(bound).map((inode) => `socket:[${inode}]`))
  if (wanted.size === 0) return false
  const folder = `/proc/${pid}/fd`
  try {
    return readdirSync(folder).some((descriptor) => wanted.has(linkAt(`${folder}/${descriptor}`)))
  } catch {
    return false
  }
}

/** `/proc/net/unix`: Num RefCount Protocol Flags Type St Inode Path; flag 0x10000 is a socket that accepts. */
function listeningInodes(bound: readonly string[]): string[] {
  const lines = readFileSync('/proc/net/unix', 'utf8').split('\n')
  return lines.flatMap((line) => {
    const [, inode, path] = /^\S+ \S+ \S+ 00010000 \S+ \S+ +(\d+) (.*)$/.exec(line) ?? []
    return inode !== undefined && path !== undefined && bound.includes(path) ? [inode] : []
  })
}

function linkAt(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function servesElsewhere(pid: number, bound: readonly string[]): boolean {
  try {
    const lines = execFileSync('lsof', ['-a', '-U', '-p', String(pid), '-F', 'n'], { encoding: 'utf8' }).split('\n')
    return bound.some((path) => lines.includes(`n${path}`))
  } catch {
    return false
  }
}
