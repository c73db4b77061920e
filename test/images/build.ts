import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { acquireLock } from '@infrakit/store'

const run = promisify(execFile)
const sources = fileURLToPath(new URL('../../images/', import.meta.url))
/** Compiled, this file lies in `test/dist/images`, and is part of what makes an image what it is. */
const recipe = fileURLToPath(import.meta.url)

/** Every image that tests made has it, so that they can be told from a user's. */
export const testLabel = 'infrakit.test=image'

/** Programs of this machine that are in each image. */
const programs = {
  busybox: ['busybox'],
  'node-server': ['busybox', 'node'],
  machine: ['busybox', 'dockerd', 'containerd', 'containerd-shim-runc-v2', 'runc', 'docker', 'docker-init'],
} as const

export type ImageName = keyof typeof programs
export const imageNames = Object.keys(programs) as ImageName[]

async function pathOf(program: string): Promise<string> {
  if (program === 'node') return process.execPath
  const { stdout } = await run('sh', ['-c', 'command -v "$0"', program])
  return realpath(stdout.trim())
}

/** The shared libraries of a program, by the paths at which it looks for them; none for a static one. */
async function librariesOf(path: string): Promise<string[]> {
  const { stdout } = await run('ldd', [path]).catch(() => ({ stdout: '' }))
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, library]) => library ?? '')
}

/** What the image will be made of: where each file goes, and where it comes from. */
async function filesOf(name: ImageName): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for (const program of programs[name]) {
    const path = await pathOf(program)
    files.set(`root/bin/${program}`, path)
    for (const library of await librariesOf(path)) files.set(`root${library}`, library)
  }
  for (const file of await readdir(join(sources, name))) files.set(file, join(sources, name, file))
  return files
}

/** A short hash of all that makes the image; large files, which are the machine's own, count by size and time. */
async function hashOf(files: ReadonlyMap<string, string>): Promise<string> {
  const hash = createHash('sha256').update(await readFile(recipe))
  for (const [target, source] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { size, mtimeMs } = await stat(source)
    hash.update(`${target}\0`).update(source.startsWith(sources) ? await readFile(source) : `${size} ${mtimeMs}\0`)
  }
  return hash.digest('hex').slice(0, 12)
}

async function exists(tag: string): Promise<boolean> {
  return run('docker', ['image', 'inspect', tag]).then(
    () => true,
    () => false,
  )
}

async function build(tag: string, files: ReadonlyMap<string, string>): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'ik-image-'))
  try {
    for (const [target, source] of files) {
      await mkdir(dirname(join(context, target)), { recursive: true })
      await copyFile(source, join(context, target))
    }
    await mkdir(join(context, 'root', 'tmp'), { recursive: true })
    await writeFile(join(context, 'root', 'tmp', '.keep'), '')
    await run('docker', ['build', '--quiet', '--label', testLabel, '--tag', tag, context], {
      // The builder that every engine has; the other one is a program of its own.
      env: { ...process.env, DOCKER_BUILDKIT: '0' },
    })
  } finally {
    await rm(context, { recursive: true, force: true })
  }
}

/**
 * The name of a test image, which is built when the engine does not have it. Its tag has a hash of its content: what has
 * changed is another image. Who builds the same one at the same time waits for the first.
 */
export async function buildImage(name: ImageName): Promise<string> {
  const files = await filesOf(name)
  const tag = `infrakit-test/${name}:${await hashOf(files)}`
  if (await exists(tag)) return tag
  const lock = await acquireLock(join(tmpdir(), `ik-image-${name}.lock`), { waitMs: 90_000 })
  try {
    if (!(await exists(tag))) await build(tag, files)
  } finally {
    await lock.release()
  }
  return tag
}
