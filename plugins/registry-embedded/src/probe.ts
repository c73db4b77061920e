import { get as getHttp } from 'node:http'
import { get as getHttps } from 'node:https'
import { connect } from 'node:net'
import type { ServiceCheck } from '@infrakit/spi'

const defaultTimeoutSeconds = 5

/** Looks whether a service is well. Whatever goes wrong, it is not. */
export async function probe({ HTTP, TCP, TimeoutSeconds }: ServiceCheck, ended: AbortSignal): Promise<boolean> {
  const timeout = AbortSignal.timeout((TimeoutSeconds ?? defaultTimeoutSeconds) * 1000)
  const signal = AbortSignal.any([timeout, ended])
  try {
    if (HTTP) return await answers(HTTP, signal)
    return TCP ? await accepts(TCP, signal) : false
  } catch {
    return false
  }
}

function answers(url: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? getHttps : getHttp
    const request = get(url, { agent: false, signal }, ({ statusCode = 0 }) => {
      resolve(statusCode >= 200 && statusCode < 300)
      // What it says beyond that is nobody's business.
      request.destroy()
    })
    request.on('error', reject)
  })
}

function accepts(address: string, signal: AbortSignal): Promise<boolean> {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(address.slice(colon + 1)) })
    const give = () => socket.destroy(new Error('no connection in time'))
    signal.addEventListener('abort', give)
    socket.once('connect', () => {
      resolve(true)
      socket.destroy()
    })
    socket.once('error', reject)
    socket.once('close', () => {
      signal.removeEventListener('abort', give)
      resolve(false)
    })
  })
}
