import type { World } from './infrakit.js'

/**
 * What completion offers for these words. Nobody who presses a key waits for long: on a busy machine what only a plugin knows
 * may be missing, so the key is pressed again until there are as many as are wanted.
 */
export async function offered(world: World, words: readonly string[], wanted: number): Promise<string[]> {
  for (let times = 1; ; times++) {
    const { code, stdout, stderr } = await world.infrakit(['__complete', ...words])
    if (code !== 0) throw new Error(`ended with status ${code}: ${stderr}`)
    const lines = stdout.split('\n').filter(Boolean)
    if (lines.length >= wanted || times === 10) return lines
  }
}
