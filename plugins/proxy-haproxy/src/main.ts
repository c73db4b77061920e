import { resolve } from 'node:path'
import { runPlugin } from '@infrakit/host'
import { findProgram } from '@infrakit/programs'
import { offer } from '@infrakit/rpc'
import { InfrakitError, messageOf, proxyInterface } from '@infrakit/spi'
import { createHaproxyPlugin } from './plugin.js'

interface Flags {
  readonly haproxy: string
  readonly config: readonly string[]
  readonly masterSocket?: string
  readonly configDir?: string
}

await runPlugin<Flags>({
  module: import.meta.url,
  name: 'proxy-haproxy',
  description: 'Sends requests to servers through HAProxy',
  fence: true,
  events: true,
  options: (command) =>
    void command
      .option('--haproxy <program>', 'name or path of the program', 'haproxy')
      .option('--config <file>', "configuration of your own, read before the plugin's; may be repeated", collect, [])
      .option('--master-socket <socket>', "drive an HAProxy that runs: its master's socket; needs --config-dir")
      .option('--config-dir <folder>', 'the part of its configuration folder that is for this plugin alone'),
  async start({ options, useState, log, events }) {
    const { masterSocket, configDir } = options
    if ((masterSocket === undefined) !== (configDir === undefined)) {
      throw new InfrakitError('input', '--master-socket and --config-dir belong together: one is missing')
    }
    const driven =
      masterSocket !== undefined && configDir !== undefined
        ? { masterSocket: resolve(masterSocket), configDir: resolve(configDir) }
        : undefined
    const plugin = await createHaproxyPlugin({
      dir: await useState(),
      program: findHaproxy(options.haproxy),
      others: options.config.map((path) => resolve(path)),
      driven,
      log,
      publish: (event) => events.publish(event),
    })
    return { offers: [offer(proxyInterface, plugin.proxy)], stop: () => plugin.close() }
  },
})

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value]
}

function findHaproxy(name: string): string {
  try {
    return findProgram(name, process.env['PATH'] ?? '', process.cwd(), '--haproxy')
  } catch (cause) {
    throw new InfrakitError('input', messageOf(cause), {
      hint: 'Install HAProxy 2.6 or later (apt-get install haproxy), or say where it is: --haproxy.',
      cause,
    })
  }
}
