import { runPlugin } from '@infrakit/host'
import { offer } from '@infrakit/rpc'
import { registryInterface } from '@infrakit/spi'
import { createConsulRegistry } from './plugin.js'
import { readSettings, type Flags } from './settings.js'

await runPlugin<Flags>({
  module: import.meta.url,
  name: 'registry-consul',
  description: 'Keeps keys, leases and services in Consul',
  fence: true,
  events: true,
  options: (command) =>
    void command
      .option(
        '--address <url>',
        'an agent of Consul; again for others that are asked when it does not answer (default: http://127.0.0.1:8500)',
        (url: string, before: string[] = []) => [...before, url],
      )
      .option('--consul-token-file <file>', 'holds the ACL token (default: $CONSUL_HTTP_TOKEN)')
      .option('--ca-file <file>', "the authority that signed the agents' certificates (PEM)")
      .option('--cert-file <file>', 'a certificate to show to the agents (PEM)')
      .option('--key-file <file>', 'its key')
      .option('--datacenter <name>', "where keys, leases and services are (default: the agent's)")
      .option('--namespace <name>', 'a namespace of Consul Enterprise')
      .option('--prefix <path>', 'what all keys in Consul begin with', 'infrakit')
      .option('--timeout <duration>', 'how long Consul may take to answer', '10s'),
  async start({ options, log, events }) {
    const settings = await readSettings(options, process.env)
    const { registry, stop } = createConsulRegistry({ settings, log, events })
    return { offers: [offer(registryInterface, registry)], stop }
  },
})
