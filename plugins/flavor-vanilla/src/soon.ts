/** Resolves with `work`, or after `ms` if that is sooner. */
export async function soon(work: Promise<unknown>, ms: number): Promise<void> {
  const enough = new AbortController()
  const late = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    enough.signal.addEventListener('abort', () => clearTimeout(timer))
  })
  await Promise.race([work, late])
  enough.abort()
}
