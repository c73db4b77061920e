import { InfrakitError } from '@infrakit/spi'

/**
 * The size that `5`, `+2` or `-1` means beside the size in force (1 when there is none); never below 1, as in docker-flow,
 * where a service that is deployed is there. Throws `input`.
 */
export function scaled(text: string, inForce: number | undefined): number {
  if (!/^[+-]?\d+$/.test(text)) {
    throw new InfrakitError('input', `Scale: expected a number of instances such as 5, +2 or -1, got '${text}'`, {
      path: 'Scale',
    })
  }
  const number = Number(text)
  return Math.max(1, /^[+-]/.test(text) ? (inForce ?? 1) + number : number)
}

/** So many instances, in words. */
export function instances(size: number): string {
  return `${size} instance${size === 1 ? '' : 's'}`
}
