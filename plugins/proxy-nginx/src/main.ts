import { runPlugin } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { proxyInterface } from '@infrakit/spi'
import { createNginxProxy, workersOf } from './plugin.js'

await runPlugin<{ nginx: string; modules?: string; workers?: string }>({
  module: import.meta.url,
  name: 'proxy-nginx',
  description: 'Sends requests to servers by nginx, and changes where without a reload',
  fence: true,
  events: true,
  options: (command) =>
    void command
      .option('--nginx <program>', 'the nginx that is started', 'nginx')
      .option('--modules <folder>', 'where its modules are (default: where nginx says)')
      .option('--workers <number>', 'worker processes of each nginx (default: one for each core)'),
  async start({ options: { nginx, modules, workers }, useState, log, events }) {
    const { proxy, close } = await createNginxProxy({
      dir: await useState(),
      nginx,
      modules,
      workers: workers === undefined ? undefined : workersOf(workers),
      log,
      publish: (event) => void events.publish(event),
    })
    return { offers: [offer(proxyInterface, proxy)], stop: close }
  },
})
