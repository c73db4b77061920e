/** What lists can be narrowed by: a label alone must be there, one with a value must have it. */
export interface Filter {
  readonly labels?: Readonly<Record<string, string | undefined>>
}

/** Labels as the engine's filters want them. Pure. */
export function labelFilters(labels: Filter['labels']): string[] {
  return Object.entries(labels ?? {}).map(([key, value]) => (value === undefined ? key : `${key}=${value}`))
}
