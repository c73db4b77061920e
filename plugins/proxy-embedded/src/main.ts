import { millisecondsOf, runPlugin } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { proxyInterface } from '@infrakit/spi'
import { workerCount } from './flags.js'
import { createEmbeddedProxy } from './plugin.js'

await runPlugin<{ workers: string; grace: string }>({
  module: import.meta.url,
  name: 'proxy-embedded',
  description: 'Sends HTTP requests to servers, by routes; needs no other program',
  fence: true,
  events: true,
  options: (command) =>
    void command
      .option('--workers <number>', 'how many processes serve requests', '1')
      .option('--grace <duration>', 'how long requests under way are waited for at the end', '10s'),
  async start({ options, log, events, useState }) {
    const plugin = await createEmbeddedProxy({
      dir: await useState(),
      workers: workerCount(options.workers),
      graceMs: millisecondsOf(options.grace, '--grace'),
      log,
      publish: (event) => events.publish(event),
    })
    return { offers: [offer(proxyInterface, plugin.proxy)], stop: () => plugin.close() }
  },
})
