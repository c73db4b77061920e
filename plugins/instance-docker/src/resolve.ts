import { fixedImage, readEnvFiles, type FixOptions } from '@infrakit/containers'
import type { Resolve } from '@infrakit/spi'
import { readProperties } from './properties.js'

/** Finds out what image and files stand for. Changes nothing. */
export function createResolve(options: FixOptions): Resolve {
  return {
    async resolve({ Properties }, call) {
      const { image, envFiles, settings } = readProperties(Properties)
      const Environment = await readEnvFiles(envFiles)
      const Image = await fixedImage(options, image, settings.pull, call)
      return { Resolved: { Image, ...(envFiles.length > 0 ? { Environment } : {}) } }
    },
  }
}
