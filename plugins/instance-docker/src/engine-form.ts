import type { Port } from '@infrakit/containers/compose'
import { tags } from '@infrakit/spi/schemas'
import { z } from 'zod'
import type { ContainerSettings } from './settings.js'

/** The engine's own words are its own affair: it checks them, and newer engines know more. */
const engineWords = z.record(z.string(), z.unknown())

const binding = z.looseObject({ HostIp: z.string().nullish(), HostPort: z.string().nullish() })

/** The properties of the original's Docker plugin. */
export const engineShape = {
  Config: z
    .looseObject({ Image: z.string().min(1) })
    .describe("The engine's Config of a container: Image, Cmd, Env, ..."),
  HostConfig: z
    .looseObject({ PortBindings: z.record(z.string(), z.array(binding).nullable()).nullish() })
    .nullish()
    .describe("The engine's HostConfig: PortBindings, Binds, RestartPolicy, ..."),
  NetworkAttachments: z
    .array(z.looseObject({ Name: z.string().nullish(), Id: z.string().nullish() }))
    .nullish()
    .describe('Networks to be in, by Name or Id; they must exist'),
  Tags: tags.nullish().describe("Tags that every instance gets; the group's win over them"),
}

type EngineForm = z.output<z.ZodObject<typeof engineShape>>

function portsOf(bindings: Readonly<Record<string, readonly z.output<typeof binding>[] | null>>): Port[] {
  return Object.entries(bindings).flatMap(([key, all]) => {
    const [container = '', protocol = 'tcp'] = key.split('/')
    // A port without a binding is one that the engine may choose.
    return (all ?? [{}]).map(({ HostIp, HostPort }: z.output<typeof binding>) => ({
      container: Number(container),
      protocol: protocol as Port['protocol'],
      ...(HostIp ? { hostIP: HostIp } : {}),
      ...(Number(HostPort) > 0 ? { host: Number(HostPort) } : {}),
    }))
  })
}

/** The same as what Compose's keys come to. */
export function settingsFromEngine({ Config, HostConfig, NetworkAttachments, Tags }: EngineForm): ContainerSettings {
  const { PortBindings, ...hostConfig } = HostConfig ?? {}
  const { Labels, ...config } = Config
  const given = engineWords.safeParse(Labels).data ?? {}
  return {
    config,
    hostConfig,
    networks: (NetworkAttachments ?? []).map(({ Name, Id }) => ({ name: Name ?? Id ?? '', endpoint: {} })),
    ports: portsOf(PortBindings ?? {}),
    labels: Object.fromEntries(Object.entries(given).map(([key, value]) => [key, String(value)])),
    tags: Tags ?? {},
    pull: 'missing',
  }
}
