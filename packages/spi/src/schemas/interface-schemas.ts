import type { z } from 'zod'

/** What a method's request and result must look like. */
export interface MethodSchema<Request = unknown, Result = unknown> {
  readonly request: z.ZodType<Request>
  readonly result: z.ZodType<Result>
}

type Result<T> = T extends (...args: never[]) => Promise<infer R> ? R : never
type Request<T> = T extends (request: infer R, ...rest: never[]) => unknown ? R : never

/** Schemas of all methods of the interface whose handlers are `H`, by wire name. */
export type InterfaceSchemas<H> = {
  readonly [K in Extract<keyof H, string> as Capitalize<K>]: MethodSchema<Request<H[K]>, Result<H[K]>>
}
