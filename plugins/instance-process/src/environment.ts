import { markName } from '@infrakit/programs'
import { InfrakitError, tag, type Attachment, type Tags } from '@infrakit/spi'
import type { HeldPort } from './record.js'
import type { User } from './users.js'

export type Environment = Readonly<Record<string, string>>

/** What commands get of the plugin's own environment; nothing else, for there may be secrets in it. */
const handedOn = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']

/** What is ours to say. */
export const ownVariables: readonly string[] = [
  'INFRAKIT_INSTANCE_ID',
  'INFRAKIT_LOGICAL_ID',
  'INFRAKIT_GROUP',
  'INFRAKIT_ATTACHMENTS',
  markName,
]

export interface Instanced {
  readonly ID: string
  readonly LogicalID: string | null
  readonly Tags: Tags | null
  readonly Ports: readonly HeldPort[]
  readonly attachments: readonly Attachment[]
}

/**
 * The environment of a command.
 *
 * @param own the plugin's environment; @param given what the user wants, which wins over everything but our own
 * @param mark by which its processes are found again
 */
export function environmentOf(
  own: NodeJS.ProcessEnv,
  given: Environment,
  mark: string,
  { instance, user }: { instance?: Instanced | undefined; user?: User | undefined },
): Record<string, string> {
  const basic = handedOn.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]] as const]))
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    ...Object.fromEntries(basic),
    ...(user ? { HOME: user.home, USER: user.name, LOGNAME: user.name } : {}),
    ...(instance ? portsOf(instance) : {}),
    ...given,
    ...(instance ? identityOf(instance) : {}),
    [markName]: mark,
  }
}

function portsOf({ Ports }: Instanced): Record<string, string> {
  const named = Object.fromEntries(Ports.map(({ Name, Port }) => [`PORT_${Name}`, String(Port)]))
  const [first] = Ports
  return first ? { PORT: String(first.Port), ...named } : named
}

function identityOf({ ID, LogicalID, Tags, attachments }: Instanced): Record<string, string> {
  const group = Tags?.[tag.group]
  return {
    INFRAKIT_INSTANCE_ID: ID,
    ...(LogicalID ? { INFRAKIT_LOGICAL_ID: LogicalID } : {}),
    ...(group ? { INFRAKIT_GROUP: group } : {}),
    ...(attachments.length > 0 ? { INFRAKIT_ATTACHMENTS: attachments.map((one) => one.ID).join(':') } : {}),
  }
}

/** Throws `input` for what cannot be handed to a process because it holds a NUL. */
export function refuseNul(values: Readonly<Record<string, string | null | undefined>>): void {
  for (const [path, value] of Object.entries(values)) {
    if (value?.includes('\0')) throw new InfrakitError('input', `${path}: must not hold the character NUL`, { path })
  }
}
