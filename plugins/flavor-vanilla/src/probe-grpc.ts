import { connect, type IncomingHttpHeaders } from 'node:http2'
import { formatAddress } from './address.js'
import { findingOf, type Finding } from './finding.js'
import { decodeResponse, encodeRequest, servingStatuses } from './grpc-messages.js'
import type { Attempt } from './probe-http.js'

/** The answer is a few bytes; who sends more is somebody else. */
const longest = 4096

/** What gRPC's own codes mean here. */
const codes: Record<string, string> = {
  '5': 'the server knows no such service (NOT_FOUND)',
  '12': 'the server has no grpc.health.v1 (UNIMPLEMENTED)',
}

/** Says of an answer whether the service serves. Pure. */
export function judgeCheck(httpStatus: number, grpcStatus: string | undefined, body: Buffer): Finding {
  if (httpStatus !== 200) return { outcome: 'bad', what: `answered HTTP status ${httpStatus}, which is not gRPC` }
  if (grpcStatus === undefined) return { outcome: 'bad', what: 'answered without a gRPC status' }
  if (grpcStatus !== '0') {
    const number = /^\d{1,3}$/.test(grpcStatus) ? grpcStatus : 'of no number'
    return { outcome: 'bad', what: codes[grpcStatus] ?? `answered gRPC status ${number}` }
  }
  const status = decodeResponse(body)
  if (status === undefined) return { outcome: 'bad', what: 'answered what is no HealthCheckResponse' }
  const what = `answered ${servingStatuses[status] ?? `status ${status}`}`
  return { outcome: servingStatuses[status] === 'SERVING' ? 'good' : 'bad', what }
}

/** Calls grpc.health.v1.Health/Check over HTTP/2 without TLS. */
export function grpcAttempt(service: string): Attempt {
  const message = encodeRequest(service)
  return (address, done) => {
    const session = connect(`http://${formatAddress(address)}`)
    // A stream that ends with its session has the session's error as its cause.
    const failed = (error: Error) => done(findingOf(error.cause ?? error))
    session.on('error', failed)
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    let [httpStatus, size] = [0, 0]
    let grpcStatus: string | undefined
    const parts: Buffer[] = []
    const note = (headers: IncomingHttpHeaders) => {
      const status = headers['grpc-status']
      if (typeof status === 'string') grpcStatus = status
    }
    stream.on('response', (headers) => {
      httpStatus = headers[':status'] ?? 0
      note(headers)
    })
    stream.on('trailers', note)
    stream.on('error', failed)
    stream.on('data', (part: Buffer) => {
      size += part.length
      if (size > longest) done({ outcome: 'bad', what: `answered more than ${longest} bytes` })
      else parts.push(part)
    })
    // Trailers may come after the last byte: the end of the stream is the end of both.
    stream.once('close', () => {
      if (httpStatus === 0) done({ outcome: 'bad', what: 'the connection was closed without an answer' })
      else done(judgeCheck(httpStatus, grpcStatus, Buffer.concat(parts)))
    })
    stream.end(message)
    return () => session.destroy()
  }
}
