/**
 * What tests need beside Node, where Debian has it, and how it is started where a test cannot do that for itself.
 */
import { readFileSync } from 'node:fs'
import { compose } from './compose.js'
import { consul } from './consul.js'
import { engine, swarm } from './engine.js'
import { isThere } from './shell.js'

/**
 * @typedef {object} Service
 * @property {string} name
 * @property {string} for what tests it for
 * @property {() => boolean} isThere whether it is installed
 * @property {readonly string[]} [debian] packages that bring it
 * @property {() => void} [install] brings it where packages do not suffice; throws what went wrong
 * @property {() => boolean} [isRunning] for what is to run, whoever started it
 * @property {() => Promise<void>} [start] starts it; throws what went wrong
 * @property {() => Promise<boolean>} [stop] ends what `start` started; answers whether there was anything
 */

/** @param {string} command @param {string} use @param {readonly string[]} [debian] @returns {Service} */
function program(command, use, debian = [command]) {
  return { name: command, for: use, debian, isThere: () => isThere(command) }
}

/**
 * What tests need and nothing here brings, and why: they are skipped by name where it is not there, also where all services
 * have to be. @type {Readonly<Record<string, string>>}
 */
export const unobtainable = JSON.parse(readFileSync(new URL('unobtainable.json', import.meta.url), 'utf8'))

/** In the order in which they are brought and started. @type {readonly Service[]} */
export const services = [
  program('python3', 'the example plugin in Python'),
  program('socat', 'the example plugin in bash'),
  program('jq', 'the example plugin in bash'),
  program('zsh', 'its completion script'),
  program('fish', 'its completion script'),
  program('curl', 'the session of the plugin authors guide'),
  engine,
  compose,
  swarm,
  consul,
  program('etcd', 'the registry in etcd', ['etcd-server', 'etcd-client']),
  {
    name: 'zookeeper',
    for: 'the flavor that makes ZooKeeper clusters',
    debian: ['zookeeperd'],
    isThere: () => isThere('/usr/share/zookeeper/bin/zkServer.sh'),
  },
  {
    name: 'nginx',
    for: 'the nginx proxy plugin, which switches by Lua',
    debian: ['nginx', 'libnginx-mod-http-lua'],
    isThere: () => isThere('nginx') && isThere('/usr/share/nginx/modules-available/mod-http-lua.conf', 'file'),
  },
  program('haproxy', 'the HAProxy proxy plugin'),
  program('wrk', 'the benchmarks of proxies'),
  program('docker-registry', 'images that are pulled'),
  program('busybox', 'the images that tests make', ['busybox-static']),
  program('chromium', 'the pages'),
  program('vagrant', 'instances that are machines of Vagrant'),
]
