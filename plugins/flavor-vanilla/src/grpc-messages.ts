/** The two messages of grpc.health.v1, and the prefix that gRPC puts before each. */

/** Status of a service, as its numbers stand for it. */
export const servingStatuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest])
    bytes.push((rest & 0x7f) | 0x80)
  }
}

/** `HealthCheckRequest { string service = 1 }`, framed. */
export function encodeRequest(service: string): Buffer {
  const name = Buffer.from(service)
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a]), varint(name.length), name])
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** Reads the varint at `at`; answers its value and where it ends. `undefined` when it does not end. */
function readVarint(bytes: Buffer, at: number): { value: number; end: number } | undefined {
  let value = 0
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return { value, end: at + i + 1 }
  }
  return undefined
}

/** Where a field that is not ours ends, by its wire type. */
function skip(bytes: Buffer, at: number, wireType: number): number | undefined {
  if (wireType === 0) return readVarint(bytes, at)?.end
  if (wireType === 1) return at + 8
  if (wireType === 5) return at + 4
  const length = wireType === 2 ? readVarint(bytes, at) : undefined
  return length && length.end + length.value
}

/**
 * `HealthCheckResponse { ServingStatus status = 1 }`, framed: the number of its status, 0 when it has none. `undefined`
 * for anything else.
 */
export function decodeResponse(bytes: Buffer): number | undefined {
  if (bytes.length < 5 || bytes[0] !== 0 || bytes.length !== 5 + bytes.readUInt32BE(1)) return undefined
  let status = 0
  for (let at = 5; at < bytes.length;) {
    const key = readVarint(bytes, at)
    if (!key) return undefined
    if (key.value === 0x08) {
      const read = readVarint(bytes, key.end)
      if (!read) return undefined
      status = read.value
      at = read.end
    } else {
      const end = skip(bytes, key.end, key.value % 8)
      if (end === undefined || end > bytes.length) return undefined
      at = end
    }
  }
  return status
}
