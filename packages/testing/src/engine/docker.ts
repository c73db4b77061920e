import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { skipFor } from '../tools.js'

/** Option of tests that need an engine and the test images. */
export const needsDocker = { skip: skipFor(['docker', 'busybox']) }

const images = fileURLToPath(new URL('../../../../../test/dist/images/main.js', import.meta.url))

/** The name of a test image of this repository, built if need be; see test/images. Throws where the package stands alone. */
export function testImage(name: 'busybox' | 'node-server' | 'machine', env: NodeJS.ProcessEnv = process.env): string {
  if (!existsSync(images))
    throw new Error('the test images are in the repository of InfraKit, which is not around here')
  return execFileSync(process.execPath, [images, name], { encoding: 'utf8', env }).trim()
}

/** A name that nothing else has. */
export function unique(name: string): string {
  return `ik-${name}-${randomBytes(4).toString('hex')}`
}

/** Runs the docker program. */
export function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}
