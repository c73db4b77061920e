import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { NextFunction, Request, Response } from 'express'
import { messageOf } from '@infrakit/spi'
import type { EventStreams } from './event-stream.js'
import { sendText } from './http-text.js'

export interface SiteOptions {
  readonly info: object
  readonly streams?: EventStreams | undefined
  readonly onError: (error: unknown, where: string) => void
}

/** Everything that a plugin serves beside calls: `/healthz`, `/info/...` and `/events`. */
async function createSite({ info, streams, onError }: SiteOptions): Promise<RequestListener> {
  // Loading express takes longer than starting all the rest of a plugin, and most never need it.
  const { default: express } = await import('express')
  const site = express()
  site.disable('x-powered-by')
  site.get('/healthz', (_req, res) => sendText(res, 200, 'ok\n'))
  site.get('/info/api.json', (_req, res) => sendText(res, 200, JSON.stringify(info)))
  // The original lists its template functions here; ours has none.
  site.get('/info/functions.json', (_req, res) => sendText(res, 200, '{}'))
  if (streams) site.get('/events', (req, res) => streams.open(req, res))
  site.use((_req: Request, res: Response) => sendText(res, 404, '404 page not found\n'))
  site.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
    onError(error, req.path)
    if (res.headersSent) next(error)
    else sendText(res, 500, `${messageOf(error)}\n`)
  })
  return site as unknown as RequestListener
}

/** Serves the site, which is made when it is first asked for. */
export function createLazySite(options: SiteOptions): (req: IncomingMessage, res: ServerResponse) => void {
  let site: Promise<RequestListener> | undefined
  return (req, res) => {
    site ??= createSite(options)
    site.then(
      (listener) => listener(req, res),
      (error: unknown) => {
        options.onError(error, req.url ?? '')
        sendText(res, 500, `${messageOf(error)}\n`)
      },
    )
  }
}
