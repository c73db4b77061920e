import type { StartWatch } from '@infrakit/host'
import { health, type HealthyResult } from '@infrakit/spi'
import type { Status } from './status.js'

/**
 * What the status of a member says of its health. One that waits for the others is none to replace: its data may be what is
 * left of the ensemble.
 */
export function judge(id: string, status: Status, starts: StartWatch, startPeriodMs: number): HealthyResult {
  switch (status.kind) {
    case 'serving':
      starts.works(id)
      return { Health: health.healthy, Reason: `srvr at ${status.where}: ${status.mode}` }
    case 'waiting':
      return { Health: health.unknown, Reason: `srvr at ${status.where}: waits for most of the ensemble to be there` }
    case 'unclear':
      return { Health: health.unknown, Reason: status.why }
    case 'silent': {
      const Reason = `srvr at ${status.where}: ${status.why}`
      if (!starts.mayTakeTime(id, startPeriodMs)) return { Health: health.unhealthy, Reason }
      return { Health: health.unknown, Reason: `${Reason}; it is given time to start` }
    }
  }
}
