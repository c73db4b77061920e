import type { Told } from '@infrakit/deployment'
import type { NotificationEvent } from '@infrakit/spi'
import { post } from './post.js'

const signs: Readonly<Record<NotificationEvent, string>> = {
  started: ':arrow_forward:',
  succeeded: ':white_check_mark:',
  failed: ':x:',
  'rolled-back': ':rewind:',
  healed: ':adhesive_bandage:',
  'cannot-heal': ':rotating_light:',
}

/** The JSON of Slack's incoming webhooks, which Mattermost, Rocket.Chat and Discord's `/slack` take too. */
export function slackText({ event, service, message }: Told): { text: string } {
  return { text: `${signs[event]} *${service}* ${event}: ${message}` }
}

export async function slack({ URL }: { URL: string }, told: Told): Promise<void> {
  await post(URL, JSON.stringify(slackText(told)))
}
