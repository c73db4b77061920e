import { parseDuration, type Opaque } from '@infrakit/spi'
import { parseInput } from '@infrakit/spi/schemas'
import { z } from 'zod'
import { parseSize } from './size.js'
import { ownVariables } from './environment.js'

const noNul = (text: string) => !text.includes('\0')
const nul = 'must not hold the character NUL'

/** A text that a program can be handed: C ends a text at NUL. */
const text = z.string().refine(noNul, nul)
const path = text.refine((value) => value.startsWith('/'), 'expected a path that begins with /')
const variable = /^[A-Za-z_][A-Za-z0-9_]*$/
const size = z
  .union([z.int(), z.string(), z.null()])
  .refine((value) => value === null || (parseSize(value) ?? 0) > 0, 'expected a size such as "64MiB", or bytes')
  .optional()
const limit = z.int().positive().nullish()

/** The signals that a stop may begin with: those that a program can catch. */
export const stopSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const

const environment = z
  .record(z.string(), text)
  .refine((value) => Object.keys(value).every((name) => variable.test(name)), {
    message: 'names must consist of letters, digits and _, and not begin with a digit',
  })
  .refine((value) => Object.keys(value).every((name) => !ownVariables.includes(name)), {
    message: `${ownVariables.join(', ')} are kept for the plugin`,
  })
  .nullish()

const surroundings = {
  Environment: environment.describe('Environment variables of the command, beside the few that it gets anyway'),
  WorkingDirectory: path.nullish().describe('Where the command runs; default a folder of its own, with `User` it is /'),
  User: text.min(1).nullish().describe('Name or number of the user it runs as; only a plugin that runs as root can'),
}

const port = z.strictObject({
  Name: z
    .string()
    .regex(/^[A-Za-z0-9_]+$/, 'expected letters, digits and _')
    .describe('Its name: the command finds it in PORT_Name'),
  Port: z.int().min(1).max(65535).nullish().describe('The port, if it has to be a certain one; default a free one'),
  Protocol: z.enum(['tcp', 'udp']).nullish().describe('Default tcp'),
})

/** `Properties` as a user writes them. */
export const propertiesSchema = z.strictObject({
  $schema: z.string().nullish().describe('Where an editor finds the schema; not used otherwise'),
  Command: z
    .array(text)
    .refine(([program]) => program, 'expected a program and its arguments')
    .describe('The program and its arguments; no shell reads them'),
  ...surroundings,
  Ports: z
    .array(port)
    .refine((ports) => new Set(ports.map(({ Name }) => Name)).size === ports.length, 'two ports have the same name')
    .nullish()
    .describe('Ports that the command listens on; the first is also found in PORT'),
  StopSignal: z.enum(stopSignals).nullish().describe('What asks it to end; default SIGTERM'),
  StopGrace: z
    .string()
    .refine((value) => parseDuration(value) !== undefined, 'expected a duration such as "10s"')
    .nullish()
    .describe('How long it may take to end before it is killed; default 10s'),
  InitShell: path.nullish().describe('What runs the commands of `Init`; default /bin/sh'),
  InitMode: z
    .enum(['exec', 'ignore', 'error'])
    .nullish()
    .describe('Whether commands of `Init` are run before the command, passed over or refused; default exec'),
  Log: z
    .strictObject({
      MaxSize: size.describe('How large the log may get, such as 10MiB, which is the default'),
      Keep: z.int().min(0).max(100).nullish().describe('How many older logs are kept; default 1'),
    })
    .nullish()
    .describe('When its log is rotated'),
  Limits: z
    .strictObject({
      OpenFiles: limit.describe('Open files of each process'),
      Memory: size.describe('Address space of each process, such as 512MiB'),
      Processes: limit.describe('Processes of the user, all of his counted'),
      CpuSeconds: limit.describe('Seconds of processor time of each process'),
      FileSize: size.describe('The largest file that a process may write'),
    })
    .nullish()
    .describe('Resource limits, set by the program prlimit'),
})

/** What a job may say of its own surroundings. */
export const jobSchema = z.strictObject(surroundings)

type Given = z.infer<typeof propertiesSchema>
export type Limits = NonNullable<Given['Limits']>

export interface WantedPort {
  readonly Name: string
  readonly Port: number | undefined
  readonly Protocol: 'tcp' | 'udp'
}

export interface Surroundings {
  readonly environment: Readonly<Record<string, string>>
  readonly workingDirectory: string | undefined
  readonly user: string | undefined
}

/** `Properties` as the plugin works with them. */
export interface ProcessProperties extends Surroundings {
  readonly command: readonly [string, ...string[]]
  readonly ports: readonly WantedPort[]
  readonly stopSignal: (typeof stopSignals)[number]
  /** Milliseconds. */
  readonly stopGrace: number
  readonly initShell: string
  readonly initMode: 'exec' | 'ignore' | 'error'
  /** Whether it was written that commands are run first: they may bring the program. */
  readonly mayBringProgram: boolean
  /** Bytes. */
  readonly log: { readonly maxSize: number; readonly keep: number }
  readonly limits: Limits
}

const defaultLogSize = 10 * 1024 * 1024

/** Reads `Properties`. Throws `input`, naming the field. */
export function readProperties(value: Opaque): ProcessProperties {
  const given = parseInput(propertiesSchema, value ?? {}, { prefix: 'Properties' })
  const [program = '', ...args] = given.Command
  return {
    ...surroundingsOf(given),
    command: [program, ...args],
    ports: (given.Ports ?? []).map(({ Name, Port, Protocol }) => ({
      Name,
      Port: Port ?? undefined,
      Protocol: Protocol ?? 'tcp',
    })),
    stopSignal: given.StopSignal ?? 'SIGTERM',
    stopGrace: parseDuration(given.StopGrace ?? '10s') ?? 0,
    initShell: given.InitShell ?? '/bin/sh',
    initMode: given.InitMode ?? 'exec',
    mayBringProgram: given.InitMode === 'exec',
    log: { maxSize: parseSize(given.Log?.MaxSize ?? defaultLogSize) ?? defaultLogSize, keep: given.Log?.Keep ?? 1 },
    limits: given.Limits ?? {},
  }
}

/** Reads what a job says of its surroundings; nothing is fine. Throws `input`, naming the field. */
export function readJobProperties(value: Opaque): Surroundings {
  return surroundingsOf(parseInput(jobSchema, value ?? {}, { prefix: 'Properties' }))
}

function surroundingsOf(given: Pick<Given, 'Environment' | 'WorkingDirectory' | 'User'>): Surroundings {
  return {
    environment: given.Environment ?? {},
    workingDirectory: given.WorkingDirectory ?? undefined,
    user: given.User ?? undefined,
  }
}
