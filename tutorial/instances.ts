import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Session } from './session.js'

/** Where the instances are, as it is typed. */
export const instancesFolder = 'tutorial/instances'

/** How long something that takes milliseconds is waited for (ms). */
const patienceMs = 20_000

async function instanceFiles(session: Session): Promise<string[]> {
  const names = await readdir(join(session.folder, instancesFolder))
  return names.filter((name) => /^instance-\d+$/.test(name)).sort()
}

/** Waits until the folder holds what `enough` asks for, and answers it. Throws when it never does. */
async function waitForFiles(session: Session, enough: (names: readonly string[]) => boolean): Promise<string[]> {
  const end = performance.now() + patienceMs
  for (;;) {
    session.signal.throwIfAborted()
    const names = await instanceFiles(session)
    if (enough(names)) return names
    if (performance.now() > end) throw new Error(`the instances did not become as they should be: ${names.join(', ')}`)
    await sleep(1)
  }
}

/** `ls`, once there are as many instances as there will be. */
export async function listInstances(session: Session, count: number): Promise<string[]> {
  const names = await waitForFiles(session, ({ length }) => length === count)
  session.show(`ls ${instancesFolder}`)
  for (const name of names) process.stdout.write(`${name}\n`)
  return names
}

/** Deletes an instance behind everybody's back and tells how long it takes until another one stands in its place. */
export async function loseInstance(session: Session, lost: string, count: number): Promise<void> {
  const before = new Set(await instanceFiles(session))
  session.show(`rm ${instancesFolder}/${lost}`)
  const begin = performance.now()
  await rm(join(session.folder, instancesFolder, lost))
  const after = await waitForFiles(session, (names) => names.length === count && !names.includes(lost))
  const took = Math.max(1, Math.round(performance.now() - begin))
  const heir = after.find((name) => !before.has(name)) ?? ''
  session.say(`${took} ms later ${heir} stands in its place.`)
}
