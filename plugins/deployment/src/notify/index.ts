import pRetry, { AbortError } from 'p-retry'
import type { RunOptions, Told } from '@infrakit/deployment'
import { messageOf, type DeploymentNotification } from '@infrakit/spi'
import { mail } from './mail.js'
import { slack } from './slack.js'
import { webhook } from './webhook.js'

type Run = (command: readonly string[], options: RunOptions) => Promise<{ code: number; output: string }>
interface Log {
  warn(fields: object, message: string): void
}

/** Tries again for about a minute: what cannot be told then is logged. */
const retries = { retries: 5, factor: 2, minTimeout: 1000, randomize: true } as const
const commandMs = 60_000

/** Answers what tells people outside, in the background: it never throws, and nobody waits for it. */
export function createNotifier(log: Log, run: Run, attempts: Partial<typeof retries> = retries) {
  return (to: readonly DeploymentNotification[], told: Told): void => {
    for (const one of to) {
      if (one.On && !one.On.includes(told.event)) continue
      pRetry(() => tell(one, told, run), { ...retries, ...attempts }).catch((error: unknown) => {
        log.warn({ service: told.service, event: told.event, error: messageOf(error) }, 'somebody could not be told')
      })
    }
  }
}

async function tell(to: DeploymentNotification, told: Told, run: Run): Promise<void> {
  if (to.Webhook) return webhook(to.Webhook, told)
  if (to.Slack) return slack(to.Slack, told)
  if (to.Mail) return mail(to.Mail, told)
  if (!to.Command) throw new AbortError('nobody is named')
  const env = {
    INFRAKIT_EVENT: told.event,
    INFRAKIT_SERVICE: told.service,
    INFRAKIT_MESSAGE: told.message,
  }
  const { code, output } = await run(to.Command, { env, timeoutMs: commandMs })
  if (code !== 0) throw new Error(`${to.Command.join(' ')} exited with ${code}: ${output.slice(-500)}`)
}
