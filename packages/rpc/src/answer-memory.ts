import type { Answer } from './attempt.js'

/** Remembers the last long answer to each of some calls, so that the same answer is not read anew. */
export interface AnswerMemory {
  /** What `keep` was given with an answer of the same bytes, but for the id. */
  recall(call: string, answer: Answer, id: number): { readonly result: unknown } | undefined
  keep(call: string, answer: Answer, id: number, result: unknown): void
}

interface Kept {
  readonly head: Buffer
  readonly result: unknown
}

/** Shorter answers are read as fast as they are compared. */
const longBytes = 4096
const maxCalls = 32

/** The answer without its id, if that is the last thing in it; then the rest says the same whatever the id. */
function headOf({ body, status }: Answer, id: number): Buffer | undefined {
  if (status !== 200 || body.length < longBytes) return undefined
  const tail = `,"id":${id}}`
  const end = body
    .subarray(-2 * tail.length)
    .toString('latin1')
    .trimEnd()
  if (!end.endsWith(tail)) return undefined
  return body.subarray(0, body.lastIndexOf(tail))
}

export function createAnswerMemory(): AnswerMemory {
  const calls = new Map<string, Kept>()
  return {
    recall(call, answer, id) {
      const kept = calls.get(call)
      return kept && headOf(answer, id)?.equals(kept.head) ? kept : undefined
    },
    keep(call, answer, id, result) {
      const head = headOf(answer, id)
      calls.delete(call)
      if (!head) return
      calls.set(call, { head, result })
      const [oldest] = calls.keys()
      if (calls.size > maxCalls && oldest !== undefined) calls.delete(oldest)
    },
  }
}
