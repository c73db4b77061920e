import { fixedImage, readEnvFiles } from '@infrakit/containers'
import type { Resolve } from '@infrakit/spi'
import type { Managers } from './managers.js'
import { readProperties, type SwarmProperties } from './properties.js'

export interface ResolveOptions {
  readonly managers: Managers
  readonly log: { warn(fields: object, message: string): void }
}

/**
 * Properties with an image's digest or ID, also where nobody has resolved them, as `docker service create` has it: by a tag
 * each node would ask the registry by itself.
 */
export async function pinned({ managers, log }: ResolveOptions, properties: SwarmProperties): Promise<SwarmProperties> {
  if (properties.resolvedImage !== undefined) return properties
  const { image, pull } = properties
  return { ...properties, resolvedImage: await managers.ask((engine) => fixedImage({ engine, log }, image, pull)) }
}

/** Finds out what image and files stand for, by a manager's engine and its registries. Changes nothing. */
export function createResolve({ managers, log }: ResolveOptions): Resolve {
  return {
    async resolve({ Properties }, call) {
      const { image, envFiles, pull } = readProperties(Properties)
      const Environment = await readEnvFiles(envFiles)
      const Image = await managers.ask((engine) => fixedImage({ engine, log }, image, pull, call))
      return { Resolved: { Image, ...(envFiles.length > 0 ? { Environment } : {}) } }
    },
  }
}
