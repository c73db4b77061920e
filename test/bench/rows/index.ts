import type { Row } from '../row.js'
import { containerMemory } from './container-memory.js'
import { describeContainers, healContainer, scaleContainers } from './containers.js'
import { converge, convergeMany } from './converge.js'
import { describeGroup, describeInstance } from './describe.js'
import { heal } from './heal.js'
import { memory } from './memory.js'
import { pluginLs } from './plugin-ls.js'
import { probes } from './probes.js'
import { healProcess, scaleProcesses } from './processes.js'
import { roll } from './roll.js'
import { rpc, rpcMany, rpcThroughput } from './rpc.js'

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
  ...memory,
  scaleProcesses,
  healProcess,
  scaleContainers,
  healContainer,
  describeContainers,
  containerMemory,
]
