import {
  inspectImage,
  isImageID,
  parseImageReference,
  registryDigest,
  type Engine,
  type Image,
  type PullPolicy,
} from '@infrakit/docker'
import { InfrakitError, kindOf, messageOf, type Call } from '@infrakit/spi'

/** The digest of an image in the registry that its name says, where the engine had it from there. */
function digestOf(name: string, { digests }: Pick<Image, 'digests'>): string | undefined {
  const { registry, repository } = parseImageReference(name)
  return digests.find((digest) => {
    const one = parseImageReference(digest)
    return one.registry === registry && one.repository === repository
  })
}

/** What an image of the engine is, whatever its tags mean later: its digest in its registry, else the engine's ID of it. */
function fixedName(name: string, image: Pick<Image, 'digests' | 'id'>): string {
  return digestOf(name, image) ?? image.id
}

/** `repository@digest`, which can be pulled. The repository is left as it was written. */
function withDigest(name: string, digest: string): string {
  const repository = name.replace(/@.*$/, '').replace(/:[^:/]*$/, '')
  return `${repository}@${digest}`
}

/** How long the registry may take where the engine has an image to do with (ms). */
const patienceMs = 15_000

export interface FixOptions {
  readonly engine: Engine
  readonly log: { warn(fields: object, message: string): void }
}

async function local(engine: Engine, name: string, call: Call | undefined): Promise<Image | undefined> {
  try {
    return await inspectImage(engine, name, call)
  } catch (error) {
    if (kindOf(error) === 'not-found') return undefined
    throw error
  }
}

/**
 * What the name of an image stands for. Nothing is pulled: the instances that need the image do that.
 *
 * - `never`: what the engine has.
 * - `always`: what the registry says now.
 * - `missing`: the same; where the registry gives no answer what the engine has. An image that the engine has from no
 *   registry was made there, and is taken at once.
 */
export async function fixedImage(
  { engine, log }: FixOptions,
  name: string,
  policy: PullPolicy,
  call?: Call,
): Promise<string> {
  const isID = isImageID(name)
  const isFixed = isID || parseImageReference(name).digest !== undefined
  const there = policy === 'always' && !isFixed ? undefined : await local(engine, name, call)
  // What an ID or a digest names never changes.
  if (there && isFixed) return name
  if (there && (policy === 'never' || digestOf(name, there) === undefined)) return fixedName(name, there)
  if (policy === 'never' || isID) throw absent(engine, name, isID)
  if (!there) return withDigest(name, await registryDigest(engine, name, {}, call))
  try {
    return withDigest(name, await registryDigest(engine, name, {}, { ...call, timeout: patienceMs }))
  } catch (error) {
    if (call?.signal?.aborted) throw error
    const reason = messageOf(error)
    log.warn({ image: name, reason }, 'the registry does not say what the image is now; the one that is there is used')
    return fixedName(name, there)
  }
}

function absent({ where }: Engine, name: string, isID: boolean): InfrakitError {
  return new InfrakitError('not-found', `there is no image ${name} in the engine at ${where}`, {
    hint: isID
      ? 'An image is pulled by its name, not by its ID: load it there, or give a name.'
      : 'Pull or build it there, or allow pulling: pull_policy is "never".',
  })
}
