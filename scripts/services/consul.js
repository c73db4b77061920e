import { installPackages, isOffered, takeFromRelease } from './apt.js'
import { isThere } from './shell.js'

/** Debian has had it up to bullseye; it is one executable that needs nothing else. @type {import('./list.js').Service} */
export const consul = {
  name: 'consul',
  for: 'the registry in Consul',
  isThere: () => isThere('consul'),
  install() {
    if (isOffered('consul')) return installPackages(['consul'])
    takeFromRelease('bullseye', 'consul', { 'usr/bin/consul': '/usr/local/bin/consul' })
  },
}
