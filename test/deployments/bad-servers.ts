import type { DeploymentSpec } from '@infrakit/spi'
import type { DeploymentWorld } from './world.js'

/** A server that looks healthy and fails every request. */
export const failsEverything = `require('node:http').createServer((request, response) => {
  response.statusCode = request.url === '/health' ? 200 : 500
  response.end('x')
}).listen(Number(process.env.PORT), '127.0.0.1')`

/** The specification with servers that do something else than serve. */
export function withServer(world: DeploymentWorld, script: string): DeploymentSpec {
  const spec = world.spec('bad')
  const Properties = { ...(spec.Group.Instance.Properties as object), Command: [process.execPath, '-e', script] }
  return { ...spec, Group: { ...spec.Group, Instance: { Plugin: 'instance-process', Properties } } }
}
