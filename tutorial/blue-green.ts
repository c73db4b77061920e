import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Session } from './session.js'

const plugins = ['group', 'flavor-vanilla', 'instance-process', 'registry-embedded', 'proxy-embedded', 'deployment']
const file = 'tutorial/blue-green/shop.json'

/** The second walk: a service is released twice, once with a fault, and rolled back. */
export async function blueGreen(session: Session): Promise<void> {
  const url = `http://127.0.0.1:${await ownPort(session)}/`
  const deploy = ['deploy', file, '--set', `folder=${session.folder}`]
  session.say(
    'Releases: two web servers behind a proxy. A registry remembers what is deployed, one more plugin deploys.',
  )
  await session.infrakit('plugin', 'start', ...plugins)
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
  await session.infrakit('group', 'destroy', '--wait', 'shop-1', 'shop-2')
  await session.infrakit('plugin', 'stop', ...plugins)
}

/** The port of the service's file may be taken on this machine: the tour's copy has a free one. */
async function ownPort({ folder }: Session): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const path = join(folder, file)
  await writeFile(path, (await readFile(path, 'utf8')).replace(':8080', `:${port}`))
  return port
}

async function visit(session: Session, url: string): Promise<void> {
  session.signal.throwIfAborted()
  session.show(`curl ${url}`)
  const answer = await fetch(url, { signal: session.signal })
  process.stdout.write(await answer.text())
}
