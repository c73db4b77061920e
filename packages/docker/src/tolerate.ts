/** Counts an answer with this status as done: 304 where there was nothing to do, 404 where it is gone already. */
export async function tolerate(status: number, answer: Promise<unknown>): Promise<void> {
  try {
    await answer
  } catch (error) {
    if (!(error instanceof Error && 'statusCode' in error && error.statusCode === status)) throw error
  }
}
