import { health, kindOf, messageOf, tag, type Health, type InstanceDescription, type InstanceSpec } from '@infrakit/spi'
import type { FlavorPort, InstancePort, Log } from './ports.js'
import { memberSpec, type Target } from './target.js'

/**
 * How long each kind of call may take (ms). The slowest clouds take half a minute to list; making and ending an instance
 * may pull images or wait for connections.
 */
const timeouts = { describe: 60_000, healthy: 60_000, prepare: 60_000, label: 60_000, slow: 600_000 } as const

/** What carrying out an action needs: the plugins of one group at one revision. */
export interface Acting {
  readonly group: string
  readonly target: Target
  readonly instance: InstancePort
  /** Found only when needed: listing must work without the flavor. */
  readonly flavor: () => Promise<FlavorPort>
  readonly log: Log
}

/** The group's members, with their properties. Throws when not all could be listed. */
export function observe(group: string, { instance }: Pick<Acting, 'instance'>, timeout: number = timeouts.describe) {
  const request = { Tags: { [tag.group]: group }, Properties: true }
  return instance.instance.describeInstances(request, { timeout })
}

/** What one member is to be made as under `key`, which the flavor is shown: it may make of it what is this one's own. */
export async function prepare(acting: Acting, key: string, logicalID: string | undefined): Promise<InstanceSpec> {
  const { group, target } = acting
  const { Allocation } = target.settings.properties
  const prepared = await (
    await acting.flavor()
  ).flavor.prepare(
    {
      Properties: target.flavor.Properties ?? null,
      Spec: withKey(memberSpec(group, target, logicalID), key),
      Allocation: { Size: Allocation.Size ?? 0, LogicalIDs: Allocation.LogicalIDs ?? null },
      Index: {
        Group: group,
        Sequence: logicalID ? (target.settings.logicalIDs ?? []).indexOf(logicalID) : target.settings.size,
      },
    },
    { timeout: timeouts.prepare },
  )
  return prepared.Spec
}

function withKey(spec: InstanceSpec, key: string): InstanceSpec {
  return { ...spec, Tags: { ...spec.Tags, [tag.provision]: key } }
}

/** Makes one member under `key` and answers its ID. */
export async function provision(acting: Acting, prepared: InstanceSpec, key: string): Promise<string> {
  const request = { Spec: withKey(prepared, key) }
  const { ID } = await acting.instance.instance.provision(request, { timeout: timeouts.slow })
  return ID
}

async function drain(acting: Acting, description: InstanceDescription, mustSucceed: boolean): Promise<void> {
  try {
    const { flavor } = await acting.flavor()
    await flavor.drain(
      { Properties: acting.target.flavor.Properties ?? null, Instance: description },
      { timeout: timeouts.slow },
    )
  } catch (error) {
    if (mustSucceed) throw error
    acting.log.warn({ instance: description.ID, error: messageOf(error) }, 'not drained; it serves nothing, going on')
  }
}

export interface Removal {
  readonly drain: boolean
  /** Whether it may be serving: then it is not ended before it was drained. */
  readonly serving: boolean
  /** The original's word for why: `rolling_update` or `terminate`. */
  readonly context: string
}

/** Drains and destroys one member. One that is gone already is a success. */
export async function destroy(acting: Acting, description: InstanceDescription, removal: Removal): Promise<void> {
  if (removal.drain) await drain(acting, description, removal.serving)
  try {
    const request = { Instance: description.ID, Context: { Reason: removal.context } }
    await acting.instance.instance.destroy(request, { timeout: timeouts.slow })
  } catch (error) {
    if (kindOf(error) !== 'not-found' && !(await isGone(acting, description.ID))) throw error
  }
}

/** Plugins of the original have no error kind for "not found": whether it is gone shows in the list. */
async function isGone(acting: Acting, id: string): Promise<boolean> {
  try {
    const { Descriptions, Unreachable } = await observe(acting.group, acting)
    return !Unreachable?.length && !Descriptions.some((description) => description.ID === id)
  } catch {
    return false
  }
}

/** Drains and stops one member, which is kept. */
export async function stop(acting: Acting, description: InstanceDescription): Promise<void> {
  if (acting.target.settings.drain) await drain(acting, description, true)
  const request = { Instance: description.ID, Context: { Reason: 'parked' } }
  await requireLifecycle(acting).stop(request, { timeout: timeouts.slow })
}

export async function start(acting: Acting, id: string): Promise<void> {
  await requireLifecycle(acting).start({ Instance: id }, { timeout: timeouts.slow })
}

function requireLifecycle({ instance, target }: Acting) {
  if (!instance.lifecycle) throw new Error(`instance plugin '${target.instance.Plugin}' cannot stop or start instances`)
  return instance.lifecycle
}

/** Labels an adopted member with the hash it now counts for. */
export async function label(acting: Acting, id: string): Promise<void> {
  const Labels = { [tag.configHash]: acting.target.hash }
  await acting.instance.instance.label({ Instance: id, Labels }, { timeout: timeouts.label })
}

/** Asks for one member's health; not being able to tell is `unknown`, with the reason. */
export async function judge(
  acting: Acting,
  description: InstanceDescription,
): Promise<{ judgement: Health; reason: string | undefined }> {
  try {
    const { flavor } = await acting.flavor()
    const { Health: judgement, Reason } = await flavor.healthy(
      { Properties: acting.target.flavor.Properties ?? null, Instance: description },
      { timeout: timeouts.healthy },
    )
    return { judgement, reason: Reason ?? undefined }
  } catch (error) {
    return { judgement: health.unknown, reason: `its health is unknown: ${messageOf(error)}` }
  }
}
