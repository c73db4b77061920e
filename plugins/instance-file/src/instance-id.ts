import { randomBytes } from 'node:crypto'

// The original's are random 63-bit integers; 40 digits leave room for anything a person may choose.
const instanceId = /^instance-\d{1,40}$/

/** Whether a file of that name is an instance; everything else in the folder is left alone. */
export function isInstanceId(name: string): boolean {
  return instanceId.test(name)
}

/** Whether a name stays in the folder: one visible part of a path, nothing that leads elsewhere. */
export function isPlainName(name: string): boolean {
  return name !== '' && !name.startsWith('.') && !/[/\\\0]/.test(name)
}

/** `instance-<digits>`: a random 63-bit integer, as the original draws it. */
export function randomInstanceId(): string {
  return `instance-${randomBytes(8).readBigUInt64BE() >> 1n}`
}
