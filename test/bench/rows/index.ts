import type { Row } from '../row.js'
import { canaryAborts } from './canary.js'
import { containerMemory } from './container-memory.js'
import { describeContainers, healContainer, scaleContainers } from './containers.js'
import { consulPut, consulWatch } from './consul.js'
import { oneMoreCompose, scaleCompose } from './compose.js'
import { converge, convergeMany } from './converge.js'
import { deploy, deploySwitch, deploySwitchConsul } from './deployments.js'
import { describeGroup, describeInstance } from './describe.js'
import { heal } from './heal.js'
import { memory } from './memory.js'
import { pluginLs } from './plugin-ls.js'
import { probes } from './probes.js'
import { healProcess, scaleProcesses } from './processes.js'
import { proxyChanges } from './proxy-changes.js'
import { proxyRequests } from './proxy-requests.js'
import { registryPut, registryWatch, registryWriters } from './registry.js'
import { roll } from './roll.js'
import { rpc, rpcMany, rpcThroughput } from './rpc.js'
import { scaleServices } from './services.js'

/** In the order of the table. */
export const rows: readonly Row[] = [
  rpc,
  rpcMany,
  rpcThroughput,
  heal,
  converge,
  convergeMany,
  roll,
  describeInstance,
  describeGroup,
  pluginLs,
  probes,
  registryPut,
  registryWriters,
  registryWatch,
  ...memory,
  scaleProcesses,
  healProcess,
  scaleContainers,
  healContainer,
  describeContainers,
  containerMemory,
  scaleCompose,
  oneMoreCompose,
  scaleServices,
  ...proxyRequests,
  ...proxyChanges,
  consulPut,
  consulWatch,
  deploySwitch,
  deploySwitchConsul,
  deploy,
  ...canaryAborts,
]
