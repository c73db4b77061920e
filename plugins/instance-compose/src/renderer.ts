import { fixedImage, type FixOptions } from '@infrakit/containers'
import { inspectImage, type PullPolicy } from '@infrakit/docker'
import { InfrakitError, kindOf, type Call } from '@infrakit/spi'
import type { Compose } from './compose/compose.js'
import { pick, textOf, type Picked, type Rendered } from './model/rendered.js'
import type { ComposeProperties } from './properties.js'

/** What decides whether the image is pulled. What is built is in no registry. */
export function pullPolicy({ pull }: Pick<ComposeProperties, 'pull'>, service: Rendered['service']): PullPolicy {
  if (pull !== undefined) return pull
  const policy = textOf(service['pull_policy'])
  if (policy === 'always' || policy === 'never') return policy
  return policy === 'build' || service['build'] ? 'never' : 'missing'
}

export interface RendererOptions extends FixOptions {
  readonly compose: Compose
}

/** Finds out what the files, the variables and the image's name stand for now. */
export class Renderer {
  constructor(private readonly options: RendererOptions) {}

  /** Throws `input` in Compose's words, and what `fixedImage` does. Changes nothing but, where it is asked for, an image. */
  async render(properties: ComposeProperties, call?: Call): Promise<Rendered> {
    const { compose } = this.options
    const { source, service } = properties
    const [model, names] = await Promise.all([compose.config(source, service), compose.services(source)])
    const { imageName, ...picked } = pick(model, service)
    if (picked.service['build']) await this.#build(properties, imageName, call)
    const policy = pullPolicy(properties, picked.service)
    const image = await fixedImage(this.options, imageName, policy, call)
    return {
      ...picked,
      service: withoutBuild(picked),
      numbered: names.filter((name) => /-\d+$/.test(name)).sort(),
      image,
    }
  }

  async #build({ source, service, build }: ComposeProperties, image: string, call: Call | undefined): Promise<void> {
    if (build === 'always' || (build === 'missing' && !(await this.#isThere(image, call)))) {
      await this.options.compose.build(source, service)
    } else if (build === 'never' && !(await this.#isThere(image, call))) {
      throw new InfrakitError(
        'not-found',
        `the image ${image} of service ${service} is not built, and Build is "never"`,
        {
          hint: `\`docker compose build ${service}\` builds it.`,
        },
      )
    }
  }

  async #isThere(image: string, call: Call | undefined): Promise<boolean> {
    try {
      await inspectImage(this.options.engine, image, call)
      return true
    } catch (error) {
      if (kindOf(error) === 'not-found') return false
      throw error
    }
  }
}

/** How it is built changes no instance: what came of it is the image. */
function withoutBuild({ service }: Pick<Picked, 'service'>): Rendered['service'] {
  const { build: _build, ...rest } = service
  return rest
}

/** As it is kept in `Properties.Resolved`. What is empty is left out. */
export function resolvedOf(rendered: Rendered): object {
  const { project, image, service, networks, volumes, secrets, configs, numbered, version } = rendered
  const sections = { Networks: networks, Volumes: volumes, Secrets: secrets, Configs: configs }
  const kept = Object.entries(sections).filter(([, section]) => Object.keys(section).length > 0)
  return {
    Project: project,
    Image: image,
    Service: service,
    ...(Object.fromEntries(kept) as object),
    ...(numbered.length > 0 ? { Numbered: numbered } : {}),
    ...(version === undefined ? {} : { Version: version }),
  }
}
