import { tag, type Tags } from '@infrakit/spi'

/** What the engine takes as a name: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`. */
function sanitized(text: string): string {
  return text.replaceAll(/[^a-zA-Z0-9_.-]+/g, '-').replace(/^[^a-zA-Z0-9]+/, '')
}

/**
 * The name of an instance's container: its logical ID, or its group's and something that no other has. People read it in
 * `docker ps`; what a container is, its labels say.
 *
 * @param random some digits that no other instance of the group has
 */
export function containerName(tags: Tags, logicalID: string | undefined, random: string): string {
  const pet = sanitized(logicalID ?? '')
  if (pet.length > 1) return pet
  return `${sanitized(tags[tag.group] ?? '') || 'infrakit'}-${random}`
}
