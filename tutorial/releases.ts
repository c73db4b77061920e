import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Session } from './session.js'

/** A port that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The port of the service's file may be taken on this machine: the tour's copy has a free one. Answers where the service is. */
export async function ownUrl({ folder }: Session, file: string): Promise<string> {
  const port = await freePort()
  const path = join(folder, file)
  await writeFile(path, (await readFile(path, 'utf8')).replace(':8080', `:${port}`))
  return `http://127.0.0.1:${port}/`
}

export async function visit(session: Session, url: string): Promise<void> {
  session.signal.throwIfAborted()
  session.show(`curl ${url}`)
  const answer = await fetch(url, { signal: session.signal })
  process.stdout.write(await answer.text())
}

/** Two releases, one that is no good, and the way back. */
export async function releases(session: Session, file: string, ...more: readonly string[]): Promise<void> {
  const url = await ownUrl(session, file)
  const deploy = ['deploy', file, '--set', `folder=${session.folder}`, ...more]
  await session.infrakit(...deploy)
  await visit(session, url)
  session.say('The next release is made beside the first, tested, and gets the requests once all of it is healthy.')
  await session.infrakit(...deploy, '--set', 'version=2')
  await visit(session, url)
  session.say('This one is no good: its servers believe that they are well, and visitors get errors. It is taken back.')
  await session.fails(1, ...deploy, '--set', 'version=broken')
  await visit(session, url)
  session.say('Back to the first release, which was stopped and kept.')
  await session.infrakit('deployment', 'rollback', 'shop')
  await visit(session, url)
  await session.infrakit('deployment', 'history', 'shop')
  await session.infrakit('deployment', 'remove', 'shop')
}
