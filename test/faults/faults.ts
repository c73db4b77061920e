import { setTimeout as sleep } from 'node:timers/promises'
import type { Health, InstanceDescription } from '@infrakit/spi'
import type { Fault, Reply } from './faulty.js'

type Message = Record<string, unknown>

function edited(reply: Reply, edit: (message: Message) => Message): Reply {
  return { ...reply, body: JSON.stringify(edit(JSON.parse(reply.body) as Message)) }
}

/** Carries the call out, but not at once. */
export function slow(ms: number): Fault {
  return async ({ pass }) => {
    await sleep(ms)
    return pass()
  }
}

/** Neither carries it out nor answers before the fault is lifted; then both, whoever still waits. */
export const hangs: Fault = async ({ pass, lifted }) => {
  await lifted
  return pass()
}

/** Carries it out and keeps the answer back until the fault is lifted. */
export const hangsWhenDone: Fault = async ({ pass, lifted }) => {
  const reply = await pass()
  await lifted
  return reply
}

/** Carries it out and answers with something else. */
export function says(body: string, status = 200): Fault {
  return async ({ pass }) => {
    await pass()
    return { status, body }
  }
}

/** Answers with something else at once, and carries it out when the fault is lifted. */
export function saysBeforeDone(body: string, status = 200): Fault {
  return ({ pass, lifted }) => {
    void lifted.then(pass).catch(() => undefined)
    return Promise.resolve({ status, body })
  }
}

/** Carries it out and answers as if to another call. */
export const wrongId: Fault = async ({ pass }) => edited(await pass(), (message) => ({ ...message, id: 4711 }))

/** Carries it out, and the connection breaks in the middle of the answer. */
export const half: Fault = async ({ pass }) => ({ ...(await pass()), cutAt: 0.5 })

/** Does nothing and says why. */
export function refuses(message: string): Fault {
  return async ({ id }) => {
    return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32000, message } }) }
  }
}

/** Changes what is listed. */
export function lists(change: (descriptions: InstanceDescription[]) => InstanceDescription[]): Fault {
  return async ({ pass }) =>
    edited(await pass(), (message) => {
      const result = message.result as { Descriptions: InstanceDescription[] | null }
      return { ...message, result: { ...result, Descriptions: change(result.Descriptions ?? []) } }
    })
}

/** Judges as told, and as the plugin does where nothing is said. */
export function judges(judge: (instance: InstanceDescription) => Health | undefined, reason: string): Fault {
  return async ({ pass, params }) => {
    const reply = await pass()
    const judgement = judge(params.Instance as InstanceDescription)
    if (judgement === undefined) return reply
    return edited(reply, (message) => {
      const result = { ...(message.result as object), Health: judgement, Reason: reason }
      return { ...message, result }
    })
  }
}
