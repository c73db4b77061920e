import { releases } from './releases.js'
import type { Session } from './session.js'

const plugins = ['group', 'flavor-vanilla', 'instance-process', 'registry-embedded', 'proxy-embedded', 'deployment']

/** The second walk: a service is released twice, once with a fault, and rolled back. */
export async function blueGreen(session: Session): Promise<void> {
  session.say(
    'Releases: two web servers behind a proxy. A registry remembers what is deployed, one more plugin deploys.',
  )
  await session.infrakit('plugin', 'start', ...plugins)
  await releases(session, 'tutorial/blue-green/shop.json')
  await session.infrakit('plugin', 'stop', ...plugins)
}
