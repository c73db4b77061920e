import type { LiveServer } from '@infrakit/spi'

/** What several workers say of the servers of a route, made one. Pure. */
export function together(all: readonly (readonly LiveServer[])[]): LiveServer[] {
  const found = new Map<string, LiveServer[]>()
  for (const server of all.flat()) {
    const key = `${server.Name} ${server.Host} ${server.Port}`
    found.set(key, [...(found.get(key) ?? []), server])
  }
  return [...found.values()].flatMap(sum)
}

function sum(same: readonly LiveServer[]): LiveServer[] {
  const [first] = same
  if (!first) return []
  const total = (of: (one: LiveServer) => number) => same.reduce((all, one) => all + of(one), 0)
  const answered = same.filter(({ AnswerMs }) => typeof AnswerMs === 'number')
  const weight = answered.reduce((all, { Requests }) => all + Requests, 0)
  const mean = answered.reduce((all, { AnswerMs, Requests }) => all + (AnswerMs ?? 0) * (Requests / weight), 0)
  return [
    {
      ...first,
      // A worker where it still lingers knows less than one that has it.
      State: stateOf(same),
      Share: Math.max(...same.map(({ Share }) => Share)),
      InFlight: total(({ InFlight }) => InFlight),
      Requests: total(({ Requests }) => Requests),
      Answers: {
        '1xx': total(({ Answers }) => Answers['1xx']),
        '2xx': total(({ Answers }) => Answers['2xx']),
        '3xx': total(({ Answers }) => Answers['3xx']),
        '4xx': total(({ Answers }) => Answers['4xx']),
        '5xx': total(({ Answers }) => Answers['5xx']),
      },
      ConnectErrors: total(({ ConnectErrors }) => ConnectErrors),
      AnswerErrors: total(({ AnswerErrors }) => AnswerErrors),
      Retries: total(({ Retries }) => Retries),
      AnswerMs: weight > 0 ? mean : null,
    },
  ]
}

/** Down when no worker sends requests there. */
function stateOf(same: readonly LiveServer[]): LiveServer['State'] {
  const states = new Set(same.map(({ State }) => State))
  if (states.has('up')) return 'up'
  return states.has('down') ? 'down' : 'draining'
}
