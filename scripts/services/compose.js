import { installPackages, isOffered, takeFromRelease } from './apt.js'
import { succeeds } from './shell.js'

const plugin = 'usr/libexec/docker/cli-plugins/docker-compose'

/** Ubuntu packs Compose v2; Debian does since trixie, and its `docker-compose` before is version 1. @type {import('./list.js').Service} */
export const compose = {
  name: 'compose',
  for: 'instances made by Docker Compose',
  isThere: () => succeeds(['docker', 'compose', 'version']),
  install() {
    if (isOffered('docker-compose-v2')) return installPackages(['docker-compose-v2'])
    takeFromRelease('trixie', 'docker-compose', { [plugin]: `/${plugin}` })
  },
}
