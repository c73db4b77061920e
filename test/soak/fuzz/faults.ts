/** What can be wrong with a server, and how fuzzing says so. */
export const faults = {
  'crashes on deep nesting': /does not answer any more|ended/,
  'reads ids as numbers': /the id is not |the id .* is invented/,
  'answers notifications': /a notification was answered/,
  'mixes up batches': /answers to \d+ calls/,
  'throws what it did not expect': /a defect: cannot read properties/,
  'never answers some calls': /nothing more came in/,
  'leaks descriptors': /descriptors open and has/,
  'leaks memory': /grew by \d+ MB/,
  'writes where it should not': /^trace was written/,
  'logs errors': /says: \{"level":"error"/,
} as const

export type Fault = keyof typeof faults
