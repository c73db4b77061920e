import { createHash } from 'node:crypto'
import { bootstrapHash, tag, type PluginConfig, type Tags } from '@infrakit/spi'
import { marshalIndent } from './go-json.js'

/** What is hashed: the instance and flavor configuration. Allocation and updating are not. */
export interface HashedConfig {
  readonly Instance: PluginConfig
  readonly Flavor: PluginConfig
}

const base32Alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** RFC 4648 base32, lower case, no padding. */
function base32(bytes: Uint8Array): string {
  let text = ''
  let [buffer, bits] = [0, 0]
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += base32Alphabet.charAt((buffer >> bits) & 31)
    }
    buffer &= (1 << bits) - 1
  }
  return bits > 0 ? text + base32Alphabet.charAt((buffer << (5 - bits)) & 31) : text
}

function digest(config: HashedConfig): Buffer {
  const part = ({ Plugin, Properties }: PluginConfig) => marshalIndent({ Plugin, Properties }, '  ', '  ')
  return createHash('sha1').update(part(config.Instance)).update(part(config.Flavor)).digest()
}

/** The config hash as v0.5 of the original computes and writes it. Throws `input` for numbers beyond float64. */
export function configHash(config: HashedConfig): string {
  return base32(digest(config))
}

/** The hash in every form that a release of the original has written. */
export function configHashForms(config: HashedConfig): readonly string[] {
  const sha = digest(config)
  return [base32(sha), sha.toString('base64').replaceAll('+', '-').replaceAll('/', '_')]
}

/** The hash that an instance carries, whichever release made it. */
export function taggedHash(tags: Tags | null | undefined): string | undefined {
  return tags?.[tag.configHash] ?? tags?.[tag.configHashHead]
}

/** Whether an instance waits to be adopted: it exists, and no group has made it. */
export function isBootstrap(tags: Tags | null | undefined): boolean {
  return taggedHash(tags) === bootstrapHash
}
