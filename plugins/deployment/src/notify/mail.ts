import type { Told } from '@infrakit/deployment'

/** Sends a mail by SMTP. `Server` is `smtp://host:port` or `smtps://user:password@host`. */
export async function mail(
  { Server, From, To }: { Server: string; From: string; To: string[] },
  { event, service, message }: Told,
): Promise<void> {
  // Most never send a mail: the library is loaded by who does.
  const { createTransport } = await import('nodemailer')
  const transport = createTransport(Server)
  try {
    await transport.sendMail({ from: From, to: To, subject: `${service}: ${event}`, text: `${message}\n` })
  } finally {
    transport.close()
  }
}
