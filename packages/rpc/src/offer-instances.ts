import {
  instanceInterface,
  jobInterface,
  lifecycleInterface,
  logsInterface,
  prepareInterface,
  resolveInterface,
  type Instance,
  type Job,
  type Lifecycle,
  type Logs,
  type Prepare,
  type Resolve,
} from '@infrakit/spi'
import { offer, type Offer } from './offer.js'

/** What a plugin that makes instances can do. */
export interface InstanceAbilities {
  readonly instance: Instance
  readonly lifecycle?: Lifecycle
  readonly logs?: Logs
  readonly job?: Job
  readonly resolve?: Resolve
  readonly prepare?: Prepare
}

/** The offers of a plugin that makes instances, of those abilities that it has. */
export function offerInstances({ instance, lifecycle, logs, job, resolve, prepare }: InstanceAbilities): Offer[] {
  return [
    offer(instanceInterface, instance),
    ...(lifecycle ? [offer(lifecycleInterface, lifecycle)] : []),
    ...(logs ? [offer(logsInterface, logs)] : []),
    ...(job ? [offer(jobInterface, job)] : []),
    ...(resolve ? [offer(resolveInterface, resolve)] : []),
    ...(prepare ? [offer(prepareInterface, prepare)] : []),
  ]
}
