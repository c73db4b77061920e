import { inspectImage, parseImageReference, pullImage, type Engine, type Image } from '@infrakit/docker'
import type { Resolve } from '@infrakit/spi'
import { readEnvFiles } from './env-files.js'
import { readProperties } from './properties.js'

/** What an image is, whatever its tags mean later: its digest in the registry that its name says, else the engine's ID of it. */
export function fixedName(name: string, { digests, id }: Pick<Image, 'digests' | 'id'>): string {
  const { registry, repository } = parseImageReference(name)
  const found = digests.find((digest) => {
    const one = parseImageReference(digest)
    return one.registry === registry && one.repository === repository
  })
  return found ?? id
}

/** Finds out what image and files stand for; the image is pulled where the pull policy says so. */
export function createResolve(engine: Engine): Resolve {
  return {
    async resolve({ Properties }, call) {
      const { image, envFiles, settings } = readProperties(Properties)
      const Environment = await readEnvFiles(envFiles)
      // An ID is what it is.
      const found = /^sha256:[0-9a-f]{64}$/.test(image)
        ? await inspectImage(engine, image, call)
        : await pullImage(engine, image, { policy: settings.pull }, call)
      const Image = image === found.id ? image : fixedName(image, found)
      return { Resolved: { Image, ...(envFiles.length > 0 ? { Environment } : {}) } }
    },
  }
}
