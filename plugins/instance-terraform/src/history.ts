import { appendFile, mkdir } from 'node:fs/promises'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { lastLines } from '@infrakit/programs'
import type { Message } from './diagnostics.js'
import { ownerOf } from './foreign.js'
import { instanceIn } from './state.js'

/** What Terraform said about each instance, a file for each. */
export interface History {
  /** Throws the system's error. */
  add(messages: readonly Message[]): Promise<void>
  tail(id: string, lines: number): string[]
  /** An instance that is gone takes its history along. */
  forget(id: string): void
}

export function createHistory(dir: string): History {
  const pathOf = (id: string) => join(dir, id)

  return {
    async add(messages) {
      const texts = new Map<string, string>()
      for (const one of messages) {
        const id = instanceOf(one)
        if (id !== undefined) texts.set(id, (texts.get(id) ?? '') + lineOf(one))
      }
      await mkdir(dir, { recursive: true, mode: 0o700 })
      for (const [id, text] of texts) await appendFile(pathOf(id), text, { mode: 0o600 })
    },
    tail: (id, lines) => lastLines(pathOf(id), 0, lines),
    forget: (id) => rmSync(pathOf(id), { force: true }),
  }
}

/** The instance that a message is about. */
export function instanceOf({ hook, change, diagnostic }: Message): string | undefined {
  const address = hook?.resource?.addr ?? change?.resource?.addr ?? diagnostic?.address
  const file = diagnostic?.range?.filename.replace(/\.tf\.json$/, '')
  return (address === undefined ? undefined : ownerOf(address)) ?? (file === undefined ? undefined : instanceIn(file))
}

function lineOf(message: Message): string {
  const detail = message.diagnostic?.detail
  const words = [message['@message'], detail]
    .filter(Boolean)
    .join(': ')
    .replaceAll(/\s*\n\s*/g, ' ')
  return `${message['@timestamp'] ?? ''} ${words}\n`
}
