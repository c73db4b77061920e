import { setTimeout as sleep } from 'node:timers/promises'
import { infrakitHome } from '@infrakit/discovery'
import { InfrakitError } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import { countOption } from '../../option-values.js'
import { logFile, logSize, readRange, tailLog } from '../../processes/log-file.js'

interface Options {
  readonly follow?: boolean
  readonly lines?: string
}

/** Time between two looks at a log that is followed (ms). */
const lookEvery = 100

export const logs = defineCommand<Options>({
  description: "Shows the last lines that a plugin wrote since it was first started by 'infrakit plugin start'.",
  options: [
    { flags: '-n, --lines <count>', description: 'how many lines (default 100)' },
    { flags: '-f, --follow', description: 'go on with what it writes from now on' },
  ],
  examples: ['infrakit plugin logs group', 'infrakit plugin logs -f -n 20 instance-file'],
  async run(context, [name = ''], { follow = false, lines }) {
    const count = countOption('--lines', lines) ?? 100
    const path = logFile(infrakitHome(context.env), name)
    if ((await logSize(path)) === 0 && !follow) throw await noLog(name, path)
    const tail = await tailLog(path, count)
    if (context.json && !follow) return context.printJson(tail.lines)
    for (const line of tail.lines) context.print(line)
    if (follow) await followLog(path, tail.end)
  },
})

/** Until the command is interrupted. A log that became shorter was begun anew. */
async function followLog(path: string, from: number): Promise<never> {
  for (let at = from; ;) {
    const size = await logSize(path)
    if (size < at) at = 0
    if (size > at) process.stdout.write(await readRange(path, at, size))
    at = size
    await sleep(lookEvery)
  }
}

async function noLog(name: string, path: string): Promise<InfrakitError> {
  const { stat } = await import('node:fs/promises')
  const exists = await stat(path).then(
    () => true,
    () => false,
  )
  return new InfrakitError(
    'not-found',
    exists ? `${name} has written nothing yet` : `there is no log of ${name} (${path})`,
    {
      hint: "only plugins that 'infrakit plugin start' started have one",
    },
  )
}
