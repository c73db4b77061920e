import { deploymentInterface } from './deployment.js'
import { eventInterface } from './event.js'
import { fenceInterface } from './fence.js'
import { flavorInterface } from './flavor.js'
import { groupInterface } from './group.js'
import { instanceInterface } from './instance.js'
import type { InterfaceDefinition } from './interface.js'
import { jobInterface } from './job.js'
import { lifecycleInterface } from './lifecycle.js'
import { logsInterface } from './logs.js'
import { metadataInterface } from './metadata.js'
import { prepareInterface } from './prepare.js'
import { proxyInterface } from './proxy.js'
import { registryInterface } from './registry.js'
import { resolveInterface } from './resolve.js'
import { revisionsInterface } from './revisions.js'

/** Every interface of the contract, in the order the docs show them. */
export const interfaces: readonly InterfaceDefinition[] = [
  instanceInterface,
  flavorInterface,
  groupInterface,
  revisionsInterface,
  metadataInterface,
  eventInterface,
  lifecycleInterface,
  resolveInterface,
  prepareInterface,
  fenceInterface,
  logsInterface,
  jobInterface,
  registryInterface,
  proxyInterface,
  deploymentInterface,
]
