/** What a function throws; nothing when it does not. */
export function rejectionOf(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}
