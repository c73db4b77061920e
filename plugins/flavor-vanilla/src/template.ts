import { InfrakitError, type Tags } from '@infrakit/spi'

/** What a template can name. A value that an instance does not have is absent. */
export interface TemplateValues {
  readonly LogicalID?: string | null | undefined
  readonly Group?: string | null | undefined
  readonly Sequence?: number | null | undefined
  readonly Tags?: Tags | null | undefined
}

/** An action that stands for a value. */
export interface TemplateField {
  readonly name: 'LogicalID' | 'Group' | 'Sequence' | 'Tags'
  /** Name of the tag when `name` is `Tags`. */
  readonly tag: string
  readonly line: number
  /** As written, for messages. */
  readonly action: string
}

export type Template = readonly (string | TemplateField)[]

const known = '{{ .LogicalID }}, {{ .Group }}, {{ .Sequence }}, {{ .Tags.name }} and {{/* comments */}}'
const space = '[ \\t\\r\\n]'
/** An action or a comment with its braces and trim markers; a marker counts only with white space on its inner side. */
const actionPattern = new RegExp(
  `\\{\\{(?<left>-${space}+)?(?:/\\*(?:(?!\\*/)[^])*\\*/(?<commentEnd>${space}+-)?|(?<body>[^]*?)(?<right>${space}-)?)\\}\\}`,
  'y',
)
const fieldPattern = /^\.(?:(?<name>LogicalID|Group|Sequence)|Tags\.(?<tag>[\p{L}_][\p{L}\p{Nd}_]*))$/u

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\r' || character === '\n'
}

/** The text between two actions, less the white space that their trim markers take away. */
function textBetween(source: string, from: number, to: number, trim: { start: boolean; end: boolean }): string {
  let [start, end] = [from, to]
  if (trim.start) while (start < end && isSpace(source[start])) start++
  if (trim.end) while (end > start && isSpace(source[end - 1])) end--
  return source.slice(start, end)
}

function countLines(text: string): number {
  return text.split('\n').length - 1
}

function refuse(line: number, action: string, problem: string): InfrakitError {
  const shown = action.length > 60 ? `${action.slice(0, 57)}...` : action
  return new InfrakitError('input', `line ${line}: ${shown} ${problem}`, { hint: `A template can hold ${known}.` })
}

function readField(body: string, action: string, line: number): TemplateField {
  const { name, tag = '' } = fieldPattern.exec(body.trim())?.groups ?? {}
  if (name === undefined && tag === '') throw refuse(line, action, 'is not supported')
  return { name: (name ?? 'Tags') as TemplateField['name'], tag, line, action }
}

interface Action {
  /** Offset behind the closing braces. */
  readonly end: number
  readonly trim: { readonly left: boolean; readonly right: boolean }
  /** Absent for a comment. */
  readonly field: TemplateField | undefined
}

function readAction(source: string, open: number, line: number): Action {
  actionPattern.lastIndex = open
  const match = source.includes('}}', open) ? actionPattern.exec(source) : null
  if (!match) throw refuse(line, source.slice(open).split('\n', 1)[0] ?? '', 'is not closed with }}')
  const { left, body, right, commentEnd } = match.groups ?? {}
  return {
    end: actionPattern.lastIndex,
    trim: { left: left !== undefined, right: (right ?? commentEnd) !== undefined },
    field: body === undefined ? undefined : readField(body, match[0], line),
  }
}

/** Reads the part of Go's template language that is documented in the README. Throws `input`, naming line and action. */
export function parseTemplate(source: string): Template {
  const parts: (string | TemplateField)[] = []
  let [end, line, trimStart] = [0, 1, false]
  for (let open = source.indexOf('{{'); open >= 0; open = source.indexOf('{{', end)) {
    line += countLines(source.slice(end, open))
    const action = readAction(source, open, line)
    parts.push(textBetween(source, end, open, { start: trimStart, end: action.trim.left }))
    if (action.field) parts.push(action.field)
    line += countLines(source.slice(open, action.end))
    end = action.end
    trimStart = action.trim.right
  }
  return [...parts, textBetween(source, end, source.length, { start: trimStart, end: false })]
}

function valueOf(field: TemplateField, values: TemplateValues): string | number | null | undefined {
  if (field.name !== 'Tags') return values[field.name]
  return values.Tags && Object.hasOwn(values.Tags, field.tag) ? values.Tags[field.tag] : undefined
}

/** Fills in a template. Throws `input` for a value that the instance lacks: a gap in a script would go unnoticed. */
export function renderTemplate(template: Template, values: TemplateValues): string {
  const texts = template.map((part) => {
    if (typeof part === 'string') return part
    const value = valueOf(part, values)
    if (value === undefined || value === null) throw refuse(part.line, part.action, 'has no value for this instance')
    return String(value)
  })
  return texts.join('')
}
