/** Posts JSON. Throws unless it is answered with 2xx. */
export async function post(url: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
    signal: AbortSignal.timeout(10_000),
  })
  await answer.arrayBuffer()
  // The address may hold a secret: it is not told.
  if (!answer.ok) throw new Error(`it answered ${answer.status}`)
}
