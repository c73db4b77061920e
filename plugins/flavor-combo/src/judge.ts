import { health, type Health, type HealthyResult } from '@infrakit/spi'

/** What one flavor says of an instance. */
export interface Judgement {
  readonly name: string
  readonly health: Health
  readonly reason?: string | null | undefined
}

const words: Record<Health, string> = {
  [health.unknown]: 'unknown',
  [health.healthy]: 'healthy',
  [health.unhealthy]: 'unhealthy',
}

function explain({ name, health: judged, reason }: Judgement): string {
  return `${name}: ${reason || words[judged]}`
}

/** One unhealthy makes all unhealthy; else one unknown makes all unknown. The reason names the flavors it is owed to. */
export function judge(judgements: readonly Judgement[]): HealthyResult {
  for (const worst of [health.unhealthy, health.unknown]) {
    const owed = judgements.filter((judgement) => judgement.health === worst)
    if (owed.length > 0) return { Health: worst, Reason: owed.map(explain).join('; ') }
  }
  const told = judgements.filter((judgement) => judgement.reason)
  if (told.length === 0) return { Health: health.healthy }
  return { Health: health.healthy, Reason: told.map(explain).join('; ') }
}
