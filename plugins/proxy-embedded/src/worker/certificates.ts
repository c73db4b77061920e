import { createSecureContext, type SecureContext } from 'node:tls'
import { readCertificate, stampOf, type Certificate, type CertificateFiles } from '@infrakit/proxy'

/** A certificate as a listener takes it. */
export interface Shown {
  readonly cert: string
  readonly key: string
  readonly context: SecureContext
}

interface Known {
  readonly files: CertificateFiles
  now: Shown
  /** Of the files when they were last read well. */
  stamp: string
}

const keyOf = ({ certificate, key }: CertificateFiles): string => `${certificate}\n${key}`

/** Certificates by their files, read again when these change. One that cannot be used does not replace one that can. */
export class Certificates {
  readonly #known = new Map<string, Known>()
  readonly #timer: NodeJS.Timeout

  constructor(
    everyMs: number,
    private readonly on: { changed(): void; unusable(error: unknown): void },
  ) {
    this.#timer = setInterval(() => void this.#lookAll(), everyMs)
  }

  get(files: CertificateFiles): Shown | undefined {
    return this.#known.get(keyOf(files))?.now
  }

  /** Throws `input` when they cannot be used. */
  async load(files: CertificateFiles): Promise<void> {
    if (this.#known.has(keyOf(files))) return
    const read = await readCertificate(files)
    this.#known.set(keyOf(files), { files, now: shown(read), stamp: read.stamp })
  }

  keepOnly(all: readonly CertificateFiles[]): void {
    const wanted = new Set(all.map(keyOf))
    for (const key of this.#known.keys()) if (!wanted.has(key)) this.#known.delete(key)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #looking = false
  readonly #failing = new Map<string, { readonly text: string; readonly times: number }>()

  async #lookAll(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    for (const [key, one] of [...this.#known]) {
      try {
        const isSame = (await stampOf(one.files)) === one.stamp
        const read = isSame ? undefined : await readCertificate(one.files)
        this.#failing.delete(key)
        if (!read) continue
        one.stamp = read.stamp
        one.now = shown(read)
        this.on.changed()
      } catch (error) {
        // Both files are rarely replaced in the same moment: it is said only when it stays so, and then once.
        const text = String(error)
        const last = this.#failing.get(key)
        const times = last?.text === text ? last.times + 1 : 1
        this.#failing.set(key, { text, times })
        if (times === 2) this.on.unusable(error)
      }
    }
    this.#looking = false
  }
}

function shown({ certificate, key }: Certificate): Shown {
  return { cert: certificate, key, context: createSecureContext({ cert: certificate, key }) }
}
