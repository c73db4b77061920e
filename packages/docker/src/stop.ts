import { InfrakitError } from '@infrakit/spi'

/** The option that ends a call; dockerode's types lack it in places where its code has it. */
export function stop(abortSignal: AbortSignal): object {
  return { abortSignal }
}

/** Inspects any of dockerode's things. */
export function inspect(thing: object, abortSignal: AbortSignal): Promise<unknown> {
  return (thing as { inspect(options: object): Promise<unknown> }).inspect(stop(abortSignal))
}

/** Options of a creating call whose definition belongs in the body alone: dockerode would repeat it in the URL. */
export function inBody<T>(definition: object, abortSignal: AbortSignal, query: object = {}): T {
  return { _body: definition, _query: query, abortSignal } as T
}

/**
 * An id or name as part of a path, which dockerode takes as it is.
 *
 * @throws InfrakitError `input` for what would be another path
 */
export function pathPart(id: string): string {
  // The engine takes %2F for a slash.
  if (/^\.{0,2}$/.test(id) || id.includes('/'))
    throw new InfrakitError('input', `'${id}' is no id or name of anything in Docker`)
  return encodeURIComponent(id)
}
