import type { Tags } from '@infrakit/spi'

/** What is to be done to an instance. `key` is its ID. */
export type Change =
  | {
      readonly kind: 'make'
      readonly key: string
      readonly text: string
      /** Addresses that it consists of, the note excepted, and those that it takes over. */
      readonly targets: readonly string[]
    }
  | { readonly kind: 'label'; readonly key: string; readonly labels: Tags }
  | { readonly kind: 'remove'; readonly key: string }
