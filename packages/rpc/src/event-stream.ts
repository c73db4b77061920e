import type { IncomingMessage, ServerResponse } from 'node:http'
import { stringifyJson } from './codec.js'
import type { EventHub } from './events.js'

/** The event streams of a server. */
export interface EventStreams {
  /** Answers a request with the events of a topic and all below it, until either side ends it. */
  open(req: IncomingMessage, res: ServerResponse): void
  /** Ends every stream. */
  end(): void
}

/** An event that follows another within so long (ms) waits: a thousand in a second are then a hundred writes. */
const gatherMs = 10

function topicOf(url: string | undefined): string {
  const query = url?.split('?', 2)[1] ?? ''
  return new URLSearchParams(query).get('topic') ?? '.'
}

/** @param heartbeatMs time between two comments that tell a reader that the stream is alive */
export function createEventStreams(hub: EventHub, heartbeatMs: number): EventStreams {
  /** Each with what ends it, after all that it has been told. */
  const open = new Map<ServerResponse, () => void>()
  return {
    open(req, res) {
      let waiting = ''
      let pause: NodeJS.Timeout | undefined
      const flush = () => {
        pause = undefined
        if (waiting === '' || res.writableEnded) return
        res.write(waiting)
        waiting = ''
        pause = setTimeout(flush, gatherMs)
      }
      const write = (text: string) => {
        waiting += text
        // A reader that cannot keep up is cut off: it reconnects and looks for itself, which costs less than its backlog.
        if (res.writableLength + waiting.length > hub.bufferLimit) res.destroy()
        else if (!pause) flush()
      }
      // Before the headers: whoever sees them has missed nothing since.
      const unsubscribe = hub.subscribe(topicOf(req.url), (event) => {
        write(`data: ${stringifyJson({ ...event, Received: new Date().toISOString() })}\n\n`)
      })
      const heartbeat = setInterval(write, heartbeatMs, ':\n\n')
      // Half-open connections are allowed, so that a reader who left would else be noticed at the next write only.
      const leave = () => {
        res.end(waiting)
        waiting = ''
      }
      req.socket.once('end', leave)
      open.set(res, leave)
      res.once('close', () => {
        req.socket.off('end', leave)
        clearInterval(heartbeat)
        clearTimeout(pause)
        unsubscribe()
        open.delete(res)
      })
      res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
      res.flushHeaders()
    },
    end() {
      for (const leave of open.values()) leave()
    },
  }
}
