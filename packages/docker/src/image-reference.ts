import { InfrakitError } from '@infrakit/spi'

/** The name of an image, taken apart and made complete. */
export interface ImageReference {
  /** Host of the registry, with its port: `docker.io`, `localhost:5000`. */
  readonly registry: string
  /** Path in the registry: `library/nginx`. */
  readonly repository: string
  /** `latest` when there is neither tag nor digest. */
  readonly tag: string | undefined
  /** `sha256:...` */
  readonly digest: string | undefined
}

const form = /^(?<name>[^@\s]+?)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>[a-z0-9+._-]+:[0-9a-f]{32,}))?$/
const path = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/

const host = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d+)?$/

/** The first part is a registry when it looks like a host: nothing else has a dot or a colon, or is `localhost`. */
function splitRegistry(name: string): [registry: string, repository: string] {
  const slash = name.indexOf('/')
  const first = slash < 0 ? '' : name.slice(0, slash)
  if (/[.:]/.test(first) || first === 'localhost') return [first, name.slice(slash + 1)]
  return ['docker.io', slash < 0 ? `library/${name}` : name]
}

/** Whether it is the ID of an image, which only the engine that has it understands. Pure. */
export function isImageID(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text)
}

/**
 * Takes the name of an image apart, as the engine does. Pure.
 *
 * @throws InfrakitError `input` for what is no name of an image
 */
export function parseImageReference(text: string): ImageReference {
  const { name, tag, digest } = form.exec(text)?.groups ?? {}
  const [registry, repository] = name === undefined ? ['', ''] : splitRegistry(name)
  if (!host.test(registry) || !path.test(repository)) {
    const upper = /[A-Z]/.test(repository) ? ' It must be in lower case.' : ''
    throw new InfrakitError('input', `'${text}' is no name of an image`, {
      hint: `Give it as [registry/]name[:tag][@digest], e.g. nginx:1.27.${upper}`,
    })
  }
  // The hub has two more names.
  const known = registry === 'index.docker.io' || registry === 'registry-1.docker.io' ? 'docker.io' : registry
  const full = known === 'docker.io' && !repository.includes('/') ? `library/${repository}` : repository
  return { registry: known, repository: full, tag: tag ?? (digest === undefined ? 'latest' : undefined), digest }
}

/** What the engine is asked to pull: a digest goes before a tag. Pure. */
export function pullParameters(reference: ImageReference): { fromImage: string; tag: string } {
  const { registry, repository, tag, digest } = reference
  return { fromImage: `${registry}/${repository}`, tag: digest ?? tag ?? 'latest' }
}
