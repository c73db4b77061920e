import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { stringifyJson } from '@infrakit/rpc'
import type { Told } from '@infrakit/deployment'
import { post } from './post.js'

/** Posts all that is known. With a secret the receiver can see that it is from us, as GitHub's webhooks do. */
export async function webhook(
  { URL, SecretFile }: { URL: string; SecretFile?: string | null },
  told: Told,
): Promise<void> {
  const { event, service, message, details } = told
  const body = stringifyJson({ event, service, message, at: new Date().toISOString(), ...details })
  const secret = SecretFile ? (await readFile(SecretFile, 'utf8')).trimEnd() : undefined
  await post(URL, body, secret === undefined ? {} : { 'x-infrakit-signature': signature(body, secret) })
}

export function signature(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}
