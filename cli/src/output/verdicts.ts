import type { Exchange, Report, Verdict } from '@infrakit/testing/conformance'
import { formatTable, printable } from './table.js'

/** Characters of an answer that are shown; `--json` has all of it. */
const maxAnswer = 2000

/** A table of promises and how they stand. */
export function formatVerdicts(verdicts: readonly Verdict[], options: { quiet?: boolean }): string[] {
  const columns = [{ title: 'INTERFACE', width: 11 }, { title: 'VERDICT', width: 16 }, { title: 'PROMISE' }]
  const rows = verdicts.map(({ interface: of, outcome, promise, reason }) => [
    of,
    outcome,
    reason === undefined ? promise : `${promise} (${reason})`,
  ])
  return formatTable(columns, rows, options)
}

/**
 * For each broken promise what was expected, what came, and the calls that showed it, ready to be typed again.
 *
 * @param listen where a plugin listens, by its name: a path or `tcp://host:port`
 */
export function formatBroken(verdicts: readonly Verdict[], listen: (plugin: string) => string): string[] {
  return verdicts
    .filter(({ outcome }) => outcome === 'broken')
    .flatMap(({ interface: of, promise, why, expected = '', got = '', shown = [] }) => [
      '',
      `BROKEN ${of}: ${promise}`,
      `  ${why}`,
      `  expected: ${printable(expected)}`,
      `  got:      ${printable(got)}`,
      ...shown.flatMap((exchange) => [`  $ ${curl(exchange, listen(exchange.plugin))}`, `  ${answer(exchange)}`]),
    ])
}

/** `40 promises kept, 1 broken, 3 not applicable`, and what is to be known beside. */
export function summarize({ plugin, verdicts, original, interrupted }: Report): string {
  const count = (outcome: Verdict['outcome']) => verdicts.filter((one) => one.outcome === outcome).length
  const counts = `${count('kept')} kept, ${count('broken')} broken, ${count('not applicable')} not applicable`
  const notes = [original ? 'a plugin of the original' : '', interrupted ? 'interrupted' : ''].filter(Boolean)
  return `${plugin}: ${counts}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`
}

/** The call as a command line. */
function curl({ request }: Exchange, listen: string): string {
  const [where, host] = listen.startsWith('tcp://')
    ? ['', `http://${listen.slice('tcp://'.length)}`]
    : [`--unix-socket ${quote(listen)} `, 'http://localhost']
  const path = /^GET (\S+)$/.exec(request)?.[1]
  if (path !== undefined) return `curl -sN ${where}${quote(`${host}${path}`)}`
  return `curl -s ${where}${host}/ -H 'Content-Type: application/json' -d ${quote(request)}`
}

function quote(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

function answer({ status, response }: Exchange): string {
  const text = printable(response.trim())
  const cut = text.length > maxAnswer ? `${text.slice(0, maxAnswer)}...` : text
  return status === 0 ? cut : `${status} ${cut || '(empty)'}`
}
