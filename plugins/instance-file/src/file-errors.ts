import { join } from 'node:path'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { StoreError } from '@infrakit/store'

const readHints: Record<string, string> = {
  ENOENT: 'Make the folder again, or restart the plugin, which does.',
  EACCES: 'Give the user that runs the plugin the right to read it.',
  EMFILE: 'Raise the limit on open files (ulimit -n) and restart the plugin.',
  ENFILE: 'Raise the limit on open files of this machine (fs.file-max).',
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** `unavailable`: something is there, or should be, and cannot be read. */
export function cannotRead(path: string, cause: unknown): InfrakitError {
  return new InfrakitError('unavailable', `cannot read ${path}: ${messageOf(cause)}`, {
    hint: readHints[codeOf(cause)],
    cause,
  })
}

/** `unavailable`: the folder was exchanged while it was read. */
export function folderReplaced(dir: string): InfrakitError {
  return new InfrakitError('unavailable', `cannot read ${dir}: another folder took its place meanwhile`)
}

/** `unavailable`: not the folder that the plugin was started with; its instances are unknown, not gone. */
export function otherDevice(dir: string): InfrakitError {
  return new InfrakitError(
    'unavailable',
    `cannot read ${dir}: it is on another file system than when the plugin started`,
    {
      hint: 'Mount or unmount what was changed; if the change is meant, restart the plugin.',
    },
  )
}

/** `plugin-failed`: a change could not be made; `unavailable` when the folder is not there. */
export function cannotChange(attempt: string, cause: unknown): InfrakitError {
  const hint = cause instanceof StoreError ? cause.hint : undefined
  if (codeOf(cause) !== 'ENOENT') {
    return new InfrakitError('plugin-failed', `cannot ${attempt}: ${messageOf(cause)}`, { hint, cause })
  }
  return new InfrakitError('unavailable', `cannot ${attempt}: ${messageOf(cause)}`, {
    hint: readHints['ENOENT'],
    cause,
  })
}

/** `not-found`, in the words of the original, which scripts know. @param verb the original's: `remove`, `open` */
export function noSuchInstance(verb: string, dir: string, id: string): InfrakitError {
  return new InfrakitError('not-found', `${verb} ${join(dir, id)}: no such file or directory`, {
    hint: 'Instances are files named instance-<digits>; DescribeInstances lists them.',
  })
}

/** `input`: the name leads out of the folder. */
export function notAnInstance(id: string): InfrakitError {
  return new InfrakitError('input', `'${id}' is not the name of an instance; expected instance-<digits>`, {
    path: 'Instance',
  })
}
