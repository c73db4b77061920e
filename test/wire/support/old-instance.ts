import type { InstanceSpec, Tags } from '@infrakit/spi'
import type { OldMethod } from './old-plugin.js'
import type { Version } from './recording.js'

interface OldInstance {
  readonly spec: InstanceSpec
  readonly tags: Tags
}

/** The file plugin of an era, without the files: what is there is in `instances`. */
export interface OldInstances {
  readonly instances: Map<string, OldInstance>
  readonly methods: Readonly<Record<string, OldMethod>>
}

function typed(version: Version, params: Record<string, unknown>): object {
  return version === 'v0.1.0' ? {} : { Type: params.Type ?? '' }
}

/** The methods and fields of that era's instance-file, as recorded. */
export function oldInstances(version: Version): OldInstances {
  const instances = new Map<string, OldInstance>()
  let sequence = 1000

  function known(id: string): OldInstance {
    const instance = instances.get(id)
    if (!instance) throw new Error(`remove tutorial/${id}: no such file or directory`)
    return instance
  }

  const methods: Record<string, OldMethod> = {
    'Instance.Validate': (params) => ({ ...typed(version, params), OK: true }),
    'Instance.Provision'(params) {
      const spec = params.Spec as InstanceSpec
      const ID = `instance-${++sequence}`
      instances.set(ID, { spec, tags: { ...spec.Tags } })
      return { ...typed(version, params), ID }
    },
    'Instance.Destroy'(params) {
      const id = String(params.Instance)
      known(id)
      instances.delete(id)
      return { ...typed(version, params), OK: true }
    },
    'Instance.DescribeInstances'(params) {
      const wanted = Object.entries((params.Tags ?? {}) as Tags)
      const found = [...instances].filter(([, { tags }]) => wanted.every(([name, value]) => tags[name] === value))
      const Descriptions = found.map(([ID, { spec, tags }]) => ({
        ID,
        LogicalID: spec.LogicalID ?? null,
        Tags: tags,
        ...(version === 'HEAD' && params.Properties === true ? { Properties: spec } : {}),
      }))
      return { ...typed(version, params), Descriptions }
    },
  }
  if (version !== 'v0.1.0') {
    methods['Instance.Label'] = (params) => {
      Object.assign(known(String(params.Instance)).tags, params.Labels)
      return { ...typed(version, params), OK: true }
    }
  }
  return { instances, methods }
}

interface VanillaProperties {
  readonly Init?: readonly string[]
  readonly Tags?: Tags
}

/** The methods and fields of that era's flavor-vanilla, as recorded. `sick` holds the IDs that it calls unhealthy. */
export function oldVanilla(version: Version, sick: ReadonlySet<string>): Readonly<Record<string, OldMethod>> {
  return {
    'Flavor.Validate': (params) => ({ ...typed(version, params), OK: true }),
    'Flavor.Prepare'(params) {
      const { Init = [], Tags } = params.Properties as VanillaProperties
      const spec = params.Spec as InstanceSpec
      const lines = spec.Init ? [spec.Init, ...Init] : Init
      const Spec = { ...spec, Tags: { ...spec.Tags, ...Tags }, Init: lines.join('\n') }
      return { ...typed(version, params), Spec }
    },
    'Flavor.Healthy'(params) {
      const { ID } = params.Instance as { ID: string }
      return { ...typed(version, params), Health: sick.has(ID) ? 2 : 1 }
    },
    'Flavor.Drain': (params) => ({ ...typed(version, params), OK: true }),
  }
}
