import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { InfrakitError } from '@infrakit/spi'
import { shareRuns } from '@infrakit/store'
import { mark, watcherScript } from './watcher-script.js'

/** A machine of a folder, as Vagrant sees it. */
export interface Machine {
  readonly name: string
  readonly provider: string
  /** `running`, `not_created`, `poweroff`, ... */
  readonly state: string
  readonly address: string | null
}

/** What Vagrant says of a folder: its machines, none before they were first made. */
export type Answer = readonly Machine[] | { readonly error: string }

export interface Watcher {
  /** The machines of all folders, by folder, as they are now. Throws `unavailable`. */
  look(): Promise<ReadonlyMap<string, Answer>>
  close(): void
}

/** Milliseconds that Vagrant may take for one folder. */
const usualPatience = 60_000

/**
 * Keeps one Vagrant that is asked for states, and starts another when it ends. Who asks while it is being asked gets what
 * it says next.
 *
 * @param dir a folder of its own
 * @param patience milliseconds that it may take for one folder; all of them take as long as they take
 */
export function createWatcher(
  program: string,
  dir: string,
  folders: () => readonly string[],
  patience = usualPatience,
): Watcher {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  writeFileSync(join(dir, 'Vagrantfile'), watcherScript)
  let child: ChildProcessWithoutNullStreams | undefined
  let answered: ((line: string) => void) | undefined
  let failed: ((error: Error) => void) | undefined
  let last: ReadonlyMap<string, Answer> = new Map()

  function start(): ChildProcessWithoutNullStreams {
    const started = spawn(program, ['status'], { cwd: dir, stdio: 'pipe' })
    let words = ''
    // One that was given up may end, or answer, while another one is asked.
    const ended = (why: string) => {
      if (child !== started) return
      child = undefined
      failed?.(cannotAsk(why))
    }
    createInterface({ input: started.stdout }).on('line', (line) => {
      if (child !== started || !line.startsWith(mark)) return
      // Where no provider is usable by default it says so at its start, whatever the machines have.
      words = ''
      answered?.(line.slice(mark.length))
    })
    started.stderr.on('data', (part: Buffer) => void (words = (words + part.toString()).slice(-1000)))
    started.stdin.on('error', () => undefined)
    started.on('error', ({ message }) => ended(message))
    started.on('close', () => ended(words.trim() || 'it ended'))
    return started
  }

  async function exchange(asking: readonly string[]): Promise<readonly Answer[]> {
    const asked = (child ??= start())
    const lines: string[] = []
    let timer: NodeJS.Timeout | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        failed = reject
        const silence = setTimeout(() => {
          if (child === asked) child = undefined
          asked.kill('SIGKILL')
          reject(cannotAsk(`it did not answer within ${patience / 1000} s`))
        }, patience)
        timer = silence
        answered = (line) => {
          silence.refresh()
          if (lines.push(line) === asking.length) resolve()
        }
        asked.stdin.write(`${JSON.stringify(asking)}\n`)
      })
      return lines.map((line) => JSON.parse(line) as Answer)
    } finally {
      clearTimeout(timer)
      answered = failed = undefined
    }
  }

  const lookOnce = shareRuns(async () => {
    const asking = folders()
    const answers = asking.length === 0 ? [] : await exchange(asking)
    last = new Map(asking.map((folder, i) => [folder, answers[i] ?? { error: 'it was passed over' }]))
  })

  return {
    async look() {
      await lookOnce('')
      return last
    },
    close() {
      child?.stdin.end()
      child?.kill('SIGTERM')
    },
  }
}

function cannotAsk(why: string): InfrakitError {
  return new InfrakitError('unavailable', `cannot ask Vagrant for the state of machines: ${why}`, {
    hint: 'Machines are unknown until it answers; see: vagrant status.',
  })
}
