import { execFileSync } from 'node:child_process'
import t from 'tap'
import { createLogger } from '../src/logger.js'
import { runMain } from './support.js'

t.test('each level shows itself and what is worse', async (t) => {
  const cases: [number, string[]][] = [
    [0, ['fatal']],
    [1, ['fatal']],
    [2, ['fatal', 'error']],
    [3, ['fatal', 'error', 'warn']],
    [4, ['fatal', 'error', 'warn', 'info']],
    [5, ['fatal', 'error', 'warn', 'info', 'debug']],
  ]
  for (const [level, expected] of cases) {
    const lines: string[] = []
    const log = await createLogger({ level, format: 'json', name: 'x', output: { write: (text) => lines.push(text) } })
    for (const one of ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const) log[one]('m')
    t.same(
      lines.map((line) => (JSON.parse(line) as { level: string }).level),
      expected,
      `--log ${level}`,
    )
  }
})

t.test('pretty lines are for people: a time, a level, the message, the fields', async (t) => {
  const lines: string[] = []
  const output = { write: (text: string) => lines.push(text) }
  const log = await createLogger({ level: 4, format: 'pretty', name: 'x', output })
  log.info({ listen: '/p/x' }, 'listening')
  t.match(lines.join(''), /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: listening\n\s+listen: "\/p\/x"\n$/)
})

t.test('json unless on a terminal, pretty when asked for', async (t) => {
  const json = await runMain(t)
  t.match(await json.line('listening'), { plugin: 'sample', time: /^\d{4}-.*Z$/ })
  const pretty = await runMain(t, ['--log-format', 'pretty'])
  await new Promise((resolve) => pretty.child.stderr?.once('data', resolve))
  t.match(pretty.output(), /INFO: listening/)
  await pretty.end()
  t.match(pretty.output(), /INFO: stopped\n/, 'the last line is there')
})

t.test('pino-pretty is loaded only when used', async (t) => {
  const script = `
    import { Module } from 'node:module'
    const { createLogger } = await import(process.argv[1])
    await createLogger({ level: 4, format: process.argv[2], name: 'x' })
    console.log(Object.keys(Module._cache).join())
  `
  const logger = new URL('../src/logger.js', import.meta.url).href
  const loaded = (format: string) =>
    execFileSync(process.execPath, ['--input-type=module', '-e', script, logger, format], { encoding: 'utf8' })
  t.notMatch(loaded('json'), 'pino-pretty')
  t.match(loaded('pretty'), 'pino-pretty')
})
