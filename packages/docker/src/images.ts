import type { Call } from '@infrakit/spi'
import { expectObject, fieldsOf, labelsOf, textOf, textsOf } from './answers.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { inspect, pathPart } from './stop.js'

export interface Image {
  /** `sha256:...` of its configuration: what containers have as `imageId`. */
  readonly id: string
  /** `name@sha256:...` for each registry it was pulled from or pushed to. */
  readonly digests: readonly string[]
  /** `name:tag` */
  readonly tags: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** `8080/tcp` */
  readonly exposedPorts: readonly string[]
}

/** Names of images have slashes, colons and an @, which the engine wants as they are. */
function imagePath(reference: string): string {
  return reference.split('/').map(pathPart).join('/').replaceAll('%3A', ':').replaceAll('%40', '@')
}

/** An image that the engine has, by name or id; `not-found`. */
export async function inspectImage(engine: Engine, reference: string, call?: Call): Promise<Image> {
  const attempt = `inspect image ${reference}`
  return ask(engine, attempt, call, async (abortSignal) => {
    const answer: unknown = await inspect(engine.docker.getImage(imagePath(reference)), abortSignal)
    const found = expectObject(engine, attempt, answer, ['Id'])
    const config = fieldsOf(found['Config'])
    return {
      id: textOf(found['Id']),
      digests: textsOf(found['RepoDigests']),
      tags: textsOf(found['RepoTags']),
      labels: labelsOf(config['Labels']),
      exposedPorts: Object.keys(fieldsOf(config['ExposedPorts'])),
    }
  })
}
