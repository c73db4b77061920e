import type { Port } from '@infrakit/containers/compose'

/** What a container is to be, whichever form its properties have, in the engine's words (its API, `POST /containers/create`). */
export interface ContainerSettings {
  readonly config: Readonly<Record<string, unknown>>
  readonly hostConfig: Readonly<Record<string, unknown>>
  /** Networks to be in, the first one from the start. */
  readonly networks: readonly { readonly name: string; readonly endpoint: Readonly<Record<string, unknown>> }[]
  readonly ports: readonly Port[]
  readonly labels: Readonly<Record<string, string>>
  /** Tags that its instances get; those that the group gives win. */
  readonly tags: Readonly<Record<string, string>>
  readonly pull: 'always' | 'missing' | 'never'
  readonly platform?: string
}
