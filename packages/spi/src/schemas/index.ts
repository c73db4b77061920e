import {
  eventSchemas,
  fenceSchemas,
  jobSchemas,
  lifecycleSchemas,
  logsSchemas,
  metadataSchemas,
  prepareSchemas,
  resolveSchemas,
} from './abilities.js'
import { deploymentSchemas } from './deployment.js'
import { flavorSchemas } from './flavor.js'
import { groupSchemas, revisionsSchemas } from './group.js'
import { instanceSchemas } from './instance.js'
import type { MethodSchema } from './interface-schemas.js'
import { proxySchemas } from './proxy.js'
import { registrySchemas } from './registry.js'

export * from './abilities.js'
export * from './common.js'
export * from './deployment.js'
export * from './deployment-spec.js'
export * from './flavor.js'
export * from './group.js'
export * from './group-file.js'
export * from './instance.js'
export * from './interface-schemas.js'
export * from './problems.js'
export * from './proxy.js'
export * from './registry.js'

/** The schemas of every interface, by interface name and wire method. */
export const schemas: Readonly<Record<string, Readonly<Record<string, MethodSchema>>>> = {
  Instance: instanceSchemas,
  Flavor: flavorSchemas,
  Group: groupSchemas,
  Revisions: revisionsSchemas,
  Metadata: metadataSchemas,
  Event: eventSchemas,
  Lifecycle: lifecycleSchemas,
  Resolve: resolveSchemas,
  Prepare: prepareSchemas,
  Fence: fenceSchemas,
  Logs: logsSchemas,
  Job: jobSchemas,
  Registry: registrySchemas,
  Proxy: proxySchemas,
  Deployment: deploymentSchemas,
}
