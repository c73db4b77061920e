import { configHashForms, readSettings } from '@infrakit/group'
import type { GroupSpec, InstanceDescription, InstanceSpec } from '@infrakit/spi'
import { messageOf, readExchanges, readSession, resultOf, type Exchange, type Version } from './recording.js'

/** The state in which an exchange was recorded, as far as the answer tells. */
export interface World {
  readonly instances: readonly InstanceFile[]
  readonly groups: readonly GroupSpec[]
}

/** A file of the original's instance plugin. */
export interface InstanceFile {
  readonly ID: string
  readonly LogicalID: string | null
  readonly Tags: Record<string, string> | null
  readonly Spec: InstanceSpec
}

export const nothing: World = { instances: [], groups: [] }

const emptySpec: InstanceSpec = { Properties: null, Tags: null, Init: '', LogicalID: null, Attachments: null }

export function fileOf(description: InstanceDescription): InstanceFile {
  const { ID, LogicalID = null, Tags = null, Properties } = description
  return { ID, LogicalID, Tags, Spec: (Properties as InstanceSpec | undefined) ?? { ...emptySpec, Tags, LogicalID } }
}

/** Every specification that a version's recordings committed. */
function committed(version: Version): GroupSpec[] {
  const messages = [...readSession(version), ...readExchanges(version)].map(({ request }) => messageOf(request))
  return messages.flatMap((message) =>
    message?.method === 'Group.CommitGroup' ? [message.params.Spec as GroupSpec] : [],
  )
}

interface Properties {
  readonly Allocation: { Size: number; LogicalIDs?: string[] | null }
  readonly Instance: { Plugin: string; Properties?: unknown }
  readonly Flavor: { Plugin: string; Properties?: unknown }
}

/** The specification of that group whose hash the instance carries. */
function specFor(specs: readonly GroupSpec[], group: string, tags: Record<string, string>): Properties {
  const hash = tags['infrakit.config_sha'] ?? tags['infrakit.config.hash'] ?? ''
  for (const { Properties: value } of specs) {
    const properties = value as Properties
    if (configHashForms(properties).includes(hash)) return properties
  }
  throw new Error(`nothing recorded was committed to ${group} with the hash ${hash}`)
}

/** A group of just these instances, as they are. */
function groupOf(specs: readonly GroupSpec[], ID: string, instances: readonly InstanceFile[]): GroupSpec {
  const { Instance, Flavor } = specFor(specs, ID, instances[0]?.Tags ?? {})
  const pets = instances.flatMap(({ LogicalID }) => (LogicalID === null ? [] : [LogicalID]))
  const Allocation = pets.length > 0 ? { LogicalIDs: pets } : { Size: instances.length }
  return { ID, Properties: { Allocation, Instance, Flavor } }
}

function sized(specs: readonly GroupSpec[], ID: string, Size: number): GroupSpec {
  const properties = (specs.find((spec) => spec.ID === ID) ?? specs[0])?.Properties as Properties
  return { ID, Properties: { ...properties, Allocation: { Size } } }
}

/** Specifications as they were shown, as they must have been committed: without what the original adds of its own. */
function shownGroups(groups: readonly GroupSpec[]): GroupSpec[] {
  return groups.map(({ ID, Properties: value }) => {
    const { Allocation, Instance, Flavor } = value as Properties
    const { Size, LogicalIDs } = Allocation
    return { ID, Properties: { Allocation: LogicalIDs?.length ? { LogicalIDs } : { Size }, Instance, Flavor } }
  })
}

function described(specs: readonly GroupSpec[], group: string, descriptions: readonly InstanceDescription[]): World {
  const instances = descriptions.map(fileOf)
  return { instances, groups: [groupOf(specs, group, instances)] }
}

/** What must be there before an exchange is replayed; `undefined` when its answer depends on nothing. */
export function worldOf(version: Version, { name, request, response }: Exchange): World | undefined {
  const message = messageOf(request)
  const result = resultOf(response.body)
  const { params = {}, method = '' } = message ?? {}
  const id = String(params.ID ?? 'cattle')
  const specs = method.startsWith('Group.') || method.startsWith('Metadata.') ? committed(version) : []
  switch (name) {
    case 'Instance.DescribeInstances':
      return { instances: ((result?.Descriptions ?? []) as InstanceDescription[]).map(fileOf), groups: [] }
    case 'Instance.Destroy':
    case 'Instance.Label':
    case 'Instance.Label.error':
      return { instances: [fileOf({ ID: String(params.Instance) })], groups: [] }
    case 'Instance.Destroy.error':
    case 'Instance.Provision':
    case 'Group.CommitGroup.error':
    case 'Group.DescribeGroup.error':
    case 'Group.DestroyGroup.error':
    case 'Group.FreeGroup.error':
    case 'Metadata.List':
      return nothing
    case 'Group.CommitGroup':
      return String(result?.Details).startsWith('Performing')
        ? { instances: [], groups: [sized(specs, id, 5)] }
        : nothing
    case 'Group.DescribeGroup':
      return described(specs, id, (result?.Description as { Instances: InstanceDescription[] }).Instances)
    case 'Group.InspectGroups':
      return { instances: [], groups: shownGroups((result?.Groups ?? []) as GroupSpec[]) }
    case 'Group.Size':
      return { instances: [], groups: [sized(specs, id, Number(result?.Size))] }
    case 'Group.DestroyGroup':
    case 'Group.FreeGroup':
    case 'Group.SetSize':
    case 'Group.SetSize.error':
    case 'Metadata.Keys':
      return { instances: [], groups: [sized(specs, id, 2)] }
    case 'Group.DestroyInstances': {
      const spec = sized(specs, id, 1)
      const [hash = ''] = configHashForms(readSettings(spec).properties)
      const tags = { 'infrakit.config_sha': hash, 'infrakit.group': id }
      return { instances: (params.Instances as string[]).map((ID) => fileOf({ ID, Tags: tags })), groups: [spec] }
    }
    case 'Metadata.Get': {
      const value = result?.Value as { Instances?: InstanceDescription[] } | string | undefined
      if (typeof value === 'object' && value.Instances) return described(specs, id, value.Instances)
      return typeof value === 'string' ? { instances: [], groups: [sized(specs, id, 2)] } : nothing
    }
    default:
      return undefined
  }
}
