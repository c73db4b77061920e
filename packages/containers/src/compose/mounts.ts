import { posix } from 'node:path'
import { InfrakitError, type Attachment } from '@infrakit/spi'
import { z } from 'zod'
import { bytes } from './units.js'

/** What the engine's `HostConfig.Mounts` takes. */
export interface Mount {
  readonly Type: 'bind' | 'volume' | 'tmpfs'
  /** A path of the host, a volume's name, or nothing: a volume without a name goes with the container. */
  readonly Source?: string
  readonly Target: string
  readonly ReadOnly: boolean
  readonly BindOptions?: { readonly Propagation?: string }
  readonly VolumeOptions?: { readonly NoCopy: boolean }
  readonly TmpfsOptions?: { readonly SizeBytes?: number; readonly Mode?: number }
}

const absolute = z.string().refine((path) => posix.isAbsolute(path), 'must be an absolute path')

const long = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('bind'),
    source: absolute,
    target: absolute,
    read_only: z.boolean().nullish(),
    bind: z.strictObject({ propagation: z.string().nullish(), create_host_path: z.boolean().nullish() }).nullish(),
  }),
  z.strictObject({
    type: z.literal('volume'),
    source: z.string().min(1).nullish(),
    target: absolute,
    read_only: z.boolean().nullish(),
    volume: z.strictObject({ nocopy: z.boolean().nullish() }).nullish(),
  }),
  z.strictObject({
    type: z.literal('tmpfs'),
    target: absolute,
    read_only: z.boolean().nullish(),
    tmpfs: z.strictObject({ size: bytes.nullish(), mode: z.int().nullish() }).nullish(),
  }),
])

const propagations = new Set(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'])
/** Labels for SELinux, which the engine takes in the short form of a bind only, and what is so anyway. */
const harmless = new Set(['rw', 'cached', 'delegated', 'consistent'])

/** Reads Compose's short form, `[source:]target[:options]`. Answers what is wrong as a text. */
export function parseVolume(text: string): Mount | string {
  const parts = text.split(':')
  const [source, target, options = ''] =
    parts.length === 1 ? [undefined, parts[0] ?? ''] : [parts[0], parts[1] ?? '', parts[2]]
  if (parts.length > 3) return 'expected [source:]target[:options]'
  if (!posix.isAbsolute(target)) return 'the path in the container must be absolute'
  const given = options.split(',').filter(Boolean)
  const propagation = given.find((one) => propagations.has(one))
  const unknown = given.find((one) => !harmless.has(one) && !propagations.has(one) && one !== 'ro' && one !== 'nocopy')
  if (unknown !== undefined) return `unknown option '${unknown}'`
  const ReadOnly = given.includes('ro')
  if (source === undefined) return { Type: 'volume', Target: target, ReadOnly }
  if (source.startsWith('.') || source.startsWith('~')) return 'the path on the host must be absolute'
  if (!posix.isAbsolute(source)) {
    const copy = given.includes('nocopy') ? { VolumeOptions: { NoCopy: true } } : {}
    return { Type: 'volume', Source: source, Target: target, ReadOnly, ...copy }
  }
  const bind = propagation === undefined ? {} : { BindOptions: { Propagation: propagation } }
  return { Type: 'bind', Source: source, Target: target, ReadOnly, ...bind }
}

function readMount(volume: z.output<typeof long>): Mount {
  const common = { Target: volume.target, ReadOnly: volume.read_only ?? false }
  if (volume.type === 'bind') {
    const Propagation = volume.bind?.propagation
    return { Type: 'bind', Source: volume.source, ...common, ...(Propagation ? { BindOptions: { Propagation } } : {}) }
  }
  if (volume.type === 'volume') {
    const source = volume.source ? { Source: volume.source } : {}
    return {
      Type: 'volume',
      ...source,
      ...common,
      ...(volume.volume?.nocopy ? { VolumeOptions: { NoCopy: true } } : {}),
    }
  }
  const { size, mode } = volume.tmpfs ?? {}
  const options = { ...(size == null ? {} : { SizeBytes: size }), ...(mode == null ? {} : { Mode: mode }) }
  return { Type: 'tmpfs', ...common, TmpfsOptions: options }
}

/** Volumes, in either form. */
export const volumes = z.array(z.union([z.string(), long])).transform((all, context) =>
  all.flatMap((one, at): Mount[] => {
    if (typeof one !== 'string') return [readMount(one)]
    const read = parseVolume(one)
    if (typeof read !== 'string') return [read]
    context.addIssue({ code: 'custom', path: [at], message: `${read}, got "${one}"` })
    return []
  }),
)

/** Files of the host that are shown in the container below `/run/secrets`. Their content is never read by the plugin. */
export const secrets = z
  .array(z.strictObject({ file: absolute, target: z.string().min(1).nullish() }))
  .transform((all) =>
    all.map(({ file, target }): Mount => {
      const Target = posix.resolve('/run/secrets', target ?? posix.basename(file))
      return { Type: 'bind', Source: file, Target, ReadOnly: true }
    }),
  )

/** What is attached, as a mount: `ID` says where it comes from and where it is shown. Throws `input`. */
export function mountOf({ ID, Type }: Attachment): Mount {
  const read = parseVolume(ID)
  const refuse = (why: string) =>
    new InfrakitError('input', `Spec.Attachments: '${ID}': ${why}`, {
      path: 'Spec.Attachments',
      hint: 'An ID is SOURCE:TARGET or SOURCE:TARGET:ro, where SOURCE is a volume or an absolute path.',
    })
  if (typeof read === 'string') throw refuse(read)
  if (read.Source === undefined) throw refuse('says not where it comes from')
  if (Type !== '' && Type !== read.Type) throw refuse(`is a ${read.Type}, not a ${Type}`)
  return read
}
