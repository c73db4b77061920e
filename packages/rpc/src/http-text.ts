import type { ServerResponse } from 'node:http'

/** The content type under which the original sends everything, JSON too. */
export const plainText = 'text/plain; charset=utf-8'

/** Ends a response with a text. */
export function sendText(
  res: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  res.writeHead(status, { 'Content-Type': plainText, 'Content-Length': Buffer.byteLength(text), ...headers })
  res.end(text)
}
