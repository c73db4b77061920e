/** Our server, with an instance plugin whose listing costs nothing. Arguments: the socket, how many instances it lists. */
import { createServer, offer } from '@infrakit/rpc'
import { instanceInterface, type Instance } from '@infrakit/spi'
import { descriptions } from './descriptions.js'

const [path = '', count = '0'] = process.argv.slice(2)
const Descriptions = descriptions(Number(count))
const nothing = () => Promise.resolve()
const handlers: Instance = {
  validate: nothing,
  label: nothing,
  destroy: nothing,
  provision: () => Promise.resolve({ ID: 'instance-1' }),
  describeInstances: () => Promise.resolve({ Descriptions }),
}
await createServer({
  offers: [offer(instanceInterface, handlers)],
  vendor: { name: 'bench', version: '1.0.0' },
}).listen({ path })
process.stdout.write('listening\n')
