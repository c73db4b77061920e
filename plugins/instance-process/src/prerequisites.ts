import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { promisify } from 'node:util'
import { InfrakitError, messageOf, type Attachment } from '@infrakit/spi'
import { limitFlags } from './argv.js'
import type { Limits } from './properties.js'

const run = promisify(execFile)

/** Throws `input`: what the user wants is not there on this machine. */
function missing(path: string, message: string, hint: string, cause?: unknown): InfrakitError {
  return new InfrakitError('input', `${path}: ${message}`, { path, hint, cause })
}

/** Throws `input` when that folder is not there. @param property what names it */
export function refuseMissingFolder(folder: string, property: string): void {
  try {
    if (statSync(folder).isDirectory()) return
  } catch (error) {
    throw missing(
      property,
      `there is no folder ${folder}: ${messageOf(error)}`,
      'Make it, or choose another one.',
      error,
    )
  }
  throw missing(property, `${folder} is not a folder`, 'Choose a folder.')
}

/** Throws `input` for what a process cannot be handed: everything but folders that are there. */
export function refuseAttachments(attachments: readonly Attachment[]): void {
  for (const [i, { ID, Type }] of attachments.entries()) {
    const path = `Attachments[${i}]`
    if (Type !== 'bind') {
      throw missing(
        `${path}.Type`,
        `a process can have attachments of the type 'bind' only, which are folders`,
        'Use bind.',
      )
    }
    if (!ID.startsWith('/') || /[:\0]/.test(ID)) {
      throw missing(`${path}.ID`, 'expected the path of a folder, beginning with / and without a colon', 'Correct it.')
    }
    refuseMissingFolder(ID, `${path}.ID`)
  }
}

/** Throws `input` when this system cannot set these limits, or the plugin's user may not. */
export async function refuseLimits(limits: Limits): Promise<void> {
  const flags = limitFlags(limits)
  if (flags.length === 0) return
  const path = 'Properties.Limits'
  try {
    // Of a process of its own, so that a limit which nothing can live with is none of ours.
    await run('prlimit', [...flags, '/bin/true'])
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw missing(path, 'this system has no limits: the program prlimit is missing', 'Install util-linux.', cause)
    }
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : ''
    throw missing(path, `they cannot be set: ${said || messageOf(cause)}`, 'Choose other limits.', cause)
  }
}
