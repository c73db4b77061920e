import { infrakitHome } from '@infrakit/discovery'
import type { Context } from '../context.js'
import { combineErrors } from '../output/combine-errors.js'
import type { Launch } from './record.js'
import { startPlugin, type Started } from './start.js'

/** Starts plugins at the same time and tells what became of each. Throws what went wrong once all have been tried. */
export async function startAll(
  context: Context,
  launches: readonly Launch[],
  options: { readonly supervise: boolean | ((launch: Launch) => boolean); readonly timeoutMs: number },
): Promise<void> {
  const { supervise, timeoutMs } = options
  const home = infrakitHome(context.env)
  const results = await Promise.allSettled(
    launches.map((launch) =>
      startPlugin({
        home,
        launch,
        timeoutMs,
        supervise: typeof supervise === 'boolean' ? supervise : supervise(launch),
      }),
    ),
  )
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  if (context.json) await context.printJson(started)
  else if (!context.quiet) for (const one of started) context.print(tell(one))
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (errors.length > 0) throw combineErrors(errors)
}

function tell({ name, state, pid, log }: Started): string {
  const who = pid === null ? '' : ` (pid ${pid})`
  return state === 'running' ? `${name} is running already${who}` : `Started ${name}${who}, log ${log}`
}
