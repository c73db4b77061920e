import { readFileSync, statfsSync } from 'node:fs'

/** File systems that are changed through this kernel alone, which then reports every change (statfs(2)): ext, XFS, ... */
const local: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
  0xf2f52010, // F2FS
  0x2fc12fc1, // ZFS
])
const most = 1000

/**
 * How many hints about a folder may come until one could have been lost; 0 where hints prove nothing. Only Linux says
 * how long its queue is.
 */
export function reliableHintsIn(dir: string): number {
  try {
    if (process.platform !== 'linux' || !local.has(statfsSync(dir).type)) return 0
    const queue = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'))
    return Math.min(most, queue / 2)
  } catch {
    return 0
  }
}
