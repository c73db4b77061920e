/** Starts now; answers how many milliseconds have passed. */
export function stopwatch(): () => number {
  const began = performance.now()
  return () => performance.now() - began
}
