import { cannotChangeTls, listenName } from '@infrakit/proxy'
import type { Listen } from './listens.js'
import type { Listening } from './lua-configuration.js'
import type { PreparedRoute } from './prepared.js'

export interface Step {
  readonly key: string
  readonly listening: Listening
  readonly routes: readonly PreparedRoute[]
}

/** What each nginx needs, so that these routes are served. */
export interface ListenPlan {
  readonly start: readonly Step[]
  readonly apply: readonly Step[]
  /** What differs there is fixed while it runs. */
  readonly restart: readonly Step[]
  readonly stop: readonly string[]
}

export function planListens(
  running: readonly (readonly [string, Listen])[],
  routes: readonly PreparedRoute[],
): ListenPlan {
  const wanted = new Map<string, PreparedRoute[]>()
  for (const one of routes) {
    const key = listenName(one.route.listen)
    const same = wanted.get(key)
    if (same) same.push(one)
    else wanted.set(key, [one])
  }
  const there = new Map(running)
  const steps = [...wanted].map(([key, its]): Step => {
    const [first] = its
    const tls = first?.route.tls !== undefined
    const { address = '', port = 0 } = first?.route.listen ?? {}
    return { key, listening: { address, port, tls }, routes: its }
  })
  const isNew = ({ key }: Step) => !there.has(key)
  const isOther = ({ key, listening }: Step) =>
    !isNew({ key } as Step) && there.get(key)?.listening.tls !== listening.tls
  return {
    start: steps.filter(isNew),
    restart: steps.filter(isOther),
    apply: steps.filter(
      (step) => !isNew(step) && !isOther(step) && differ(there.get(step.key)?.routes ?? [], step.routes),
    ),
    stop: [...there.keys()].filter((key) => !wanted.has(key)),
  }
}

function differ(before: readonly PreparedRoute[], now: readonly PreparedRoute[]): boolean {
  return before.length !== now.length || before.some((one, at) => one !== now[at])
}

/** Throws `incompatible` for what fails requests of routes that do not allow it. */
export function refuseHitful({ restart }: ListenPlan): void {
  const strict = restart.find(({ routes }) => routes.some(({ route }) => route.hitless))
  if (strict) throw cannotChangeTls(strict.listening)
}
