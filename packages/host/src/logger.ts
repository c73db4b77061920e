import { pino, type Logger } from 'pino'

/** Whatever log lines go to. */
export interface Output {
  write(text: string): unknown
}

export interface LogOptions {
  /** 0 to 5, as the original counts: panic, fatal, error, warn, info, debug. */
  readonly level: number
  /** Default: pretty on a terminal, json elsewhere. */
  readonly format?: 'json' | 'pretty' | undefined
  /** The plugin's name. */
  readonly name: string
  /** Default: standard error. */
  readonly output?: Output | undefined
}

const levels = ['fatal', 'fatal', 'error', 'warn', 'info', 'debug'] as const

/** A logger whose every line is written when the call returns, so that none is lost when the process exits. */
export async function createLogger({ level, format, name, output = standardError() }: LogOptions): Promise<Logger> {
  const terminal = process.stderr.isTTY === true
  const pretty = (format ?? (terminal ? 'pretty' : 'json')) === 'pretty'
  return pino(
    {
      level: levels[level] ?? 'info',
      base: { plugin: name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pretty ? await prettified(output, terminal && !process.env.NO_COLOR) : output,
  )
}

function standardError(): Output {
  const destination = pino.destination({ dest: 2, sync: true })
  // When nobody reads standard error any more there is nobody to tell, and the plugin goes on.
  destination.on('error', () => undefined)
  return destination
}

/** pino-pretty as a function: as a stream it would still hold the last lines when the process exits. */
async function prettified(output: Output, colorize: boolean): Promise<Output> {
  const { prettyFactory } = await import('pino-pretty')
  const format = prettyFactory({ colorize, ignore: 'pid,plugin', translateTime: 'SYS:HH:MM:ss.l' })
  return { write: (line: string) => output.write(format(line)) }
}
