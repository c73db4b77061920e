/** What Terraform says, of `plan -json`, `apply -json` and `validate -json`. */
export interface Diagnostic {
  readonly severity: string
  readonly summary: string
  readonly detail?: string
  /** The resource it is about. */
  readonly address?: string
  readonly range?: { readonly filename: string; readonly start: { readonly line: number; readonly column: number } }
  readonly snippet?: { readonly context?: string | null; readonly code?: string } | null
}

/** One line of the output of `plan -json` and `apply -json`. */
export interface Message {
  readonly '@message'?: string
  readonly '@timestamp'?: string
  readonly type?: string
  readonly diagnostic?: Diagnostic
  readonly hook?: { readonly resource?: { readonly addr?: string }; readonly output?: string }
  readonly change?: { readonly resource?: { readonly addr?: string } }
}

/** Lines that are no JSON are passed over: programs that Terraform starts may write as well. */
export function readMessages(output: string): Message[] {
  return output.split('\n').flatMap((line) => {
    try {
      return line.startsWith('{') ? [JSON.parse(line) as Message] : []
    } catch {
      return []
    }
  })
}

export function errorsIn(messages: readonly Message[]): Diagnostic[] {
  return messages.flatMap(({ diagnostic }) => (diagnostic?.severity === 'error' ? [diagnostic] : []))
}

/** In the words of Terraform, with file and line. @param names what is generated, and what it stands for */
export function wordsOf(
  diagnostics: readonly Diagnostic[],
  names: readonly (readonly [string, string])[] = [],
): string {
  const all = diagnostics.map((one) => {
    const { summary, detail, range, snippet, address } = one
    const place = range ? `${range.filename} line ${range.start.line}` : address
    const context = range && snippet?.context ? `, in ${snippet.context}` : ''
    const where = place === undefined ? '' : `${place}${context}: `
    return `${where}${[summary, detail].filter(Boolean).join(': ')}`
  })
  const text = [...new Set(all)].join('\n')
  return names.reduce((words, [name, meaning]) => words.replaceAll(name, meaning), text)
}

/** The lock that somebody else holds, of the error about it; `undefined` for other errors. */
export function lockIn(diagnostics: readonly Diagnostic[]): { id: string; who: string; since: string } | undefined {
  const detail = diagnostics.find(({ summary }) => summary === 'Error acquiring the state lock')?.detail
  if (detail === undefined) return undefined
  const field = (name: string) => new RegExp(`^ *${name}: +(.*)$`, 'm').exec(detail)?.[1]?.trim() ?? 'unknown'
  return { id: field('ID'), who: field('Who'), since: field('Created') }
}

export function isStale(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ summary }) => summary === 'Saved plan is stale')
}
