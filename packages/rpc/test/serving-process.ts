import { instanceInterface } from '@infrakit/spi'
import { createServer, offer } from '../src/index.js'
import { instance } from './support.js'

/** Serves an instance plugin in a process of its own; a destroy of `slow` never ends. */
const [path = ''] = process.argv.slice(2)
const server = createServer({
  vendor: { name: 'process', version: '1.0.0' },
  offers: [
    offer(
      instanceInterface,
      instance({
        destroy: ({ Instance }) => (Instance === 'slow' ? new Promise<never>(() => undefined) : Promise.resolve()),
        provision: () => Promise.resolve({ ID: String(process.pid) }),
      }),
    ),
  ],
})
await server.listen({ path })
process.stdout.write('ready\n')
