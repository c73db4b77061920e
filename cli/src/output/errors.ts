import { errorKinds, InfrakitError, kindOf, messageOf, RemoteError } from '@infrakit/spi/errors'

export interface ErrorStyle {
  /** One JSON object instead of words. */
  readonly json: boolean
  /** With the stack and the causes. */
  readonly debug: boolean
}

/** Tells a person (or a script) what went wrong, on standard error. @returns the exit status it stands for */
export async function reportError(error: unknown, style: ErrorStyle): Promise<number> {
  process.stderr.write(style.json ? errorJson(error, style) : await errorText(error, style))
  return errorKinds[kindOf(error)].exit
}

function errorJson(error: unknown, { debug }: ErrorStyle): string {
  const details = error instanceof InfrakitError ? { hint: error.hint, path: error.path } : {}
  const stack = debug ? { stack: stackOf(error) } : {}
  return `${JSON.stringify({ error: { kind: kindOf(error), message: messageOf(error), ...details, ...stack } })}\n`
}

async function errorText(error: unknown, { debug }: ErrorStyle): Promise<string> {
  const paint = await painter()
  const lines = messageOf(error)
    .split('\n')
    // What is indented is quoted, and belongs to the line above.
    .map((line) => (line.startsWith(' ') ? line : `${paint('red', 'error:')} ${line}`))
  const hint = hintFor(error)
  if (hint) lines.push(`${paint('cyan', 'hint:')} ${hint}`)
  if (debug) lines.push(stackOf(error))
  return `${lines.join('\n')}\n`
}

function hintFor(error: unknown): string | undefined {
  if (error instanceof InfrakitError && (error.kind !== 'internal' || error.hint)) return error.hint
  if (error instanceof RemoteError) return `this is a defect in the plugin ${error.plugin}; its log may say more`
  return 'this is a defect in infrakit; run it again with --debug and report what it says'
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}

type Paint = (colour: 'red' | 'cyan', text: string) => string

/** Colours on a terminal only, and not when NO_COLOR is set. */
async function painter(): Promise<Paint> {
  if (!process.stderr.isTTY || process.env['NO_COLOR']) return (_, text) => text
  const { createColors } = (await import('picocolors')).default
  const colours = createColors(true)
  return (colour, text) => colours.bold(colours[colour](text))
}
