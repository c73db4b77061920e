import { InfrakitError, type ErrorKind, type GroupDescription } from '@infrakit/spi'

/** An error with the lines that let a person see why. */
export class Diagnosed extends InfrakitError {
  constructor(
    kind: ErrorKind,
    message: string,
    readonly details: readonly string[],
    hint?: string,
  ) {
    super(kind, message, { hint })
  }
}

/** What keeps a group from being as it should: what was probed and what came back, and what its members wrote last. */
export function diagnose(description: GroupDescription): readonly string[] {
  const { LastFailure, Activities, LastLines } = description
  const waits = (Activities ?? []).map(({ Instance, Reason }) => (Instance ? `${Instance}: ${Reason}` : Reason))
  const last = (LastLines ?? []).flatMap(({ Instance, Reason, Lines }) => [
    `${Instance}: ${Reason}`,
    ...(Lines.length > 0 ? [`last lines of ${Instance}:`, ...Lines.map((line) => `  ${line}`)] : []),
  ])
  return [...new Set([...(LastFailure ? [LastFailure.Message] : []), ...waits, ...last])]
}

/** How far a group is, in one line. */
export function progressOf({ Instances, Health, Activities }: GroupDescription, size: number): string {
  const healthy = Instances.filter(({ ID }) => Health?.[ID] === 'healthy').length
  const waits = Activities?.find(({ Action, Instance }) => Action === 'wait' && Instance)
  return `${healthy} of ${size} healthy${waits ? `; ${waits.Instance}: ${waits.Reason}` : ''}`
}
