/** The arguments of `terraform`, which the plugin runs; no shell reads them. */

export interface PlanFlags {
  readonly out: string
  readonly targets: readonly string[]
  /** Seconds. */
  readonly lockTimeout: number
  /** Look only at what changed outside of Terraform. */
  readonly refreshOnly?: boolean
}

export function planArguments({ out, targets, lockTimeout, refreshOnly }: PlanFlags): string[] {
  return [
    'plan',
    '-json',
    '-input=false',
    `-lock-timeout=${lockTimeout}s`,
    `-out=${out}`,
    ...(refreshOnly ? ['-refresh-only'] : []),
    ...targets.map((address) => `-target=${address}`),
  ]
}

export function applyArguments(plan: string, lockTimeout: number): string[] {
  return ['apply', '-json', '-input=false', `-lock-timeout=${lockTimeout}s`, plan]
}

export function showArguments(plan?: string): string[] {
  return ['show', '-json', '-no-color', ...(plan === undefined ? [] : [plan])]
}

export const validateArguments: readonly string[] = ['validate', '-json']
export const versionArguments: readonly string[] = ['version', '-json']
