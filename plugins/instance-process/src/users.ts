import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { InfrakitError } from '@infrakit/spi'

/** Whom a command runs as. */
export interface User {
  readonly uid: number
  readonly gid: number
  readonly name: string
  readonly home: string
}

const run = promisify(execFile)

/** Finds a user by name or number. Throws `input` when there is none, or when this process may not become others. */
export async function findUser(wanted: string): Promise<User> {
  if (process.getuid?.() !== 0) {
    throw wrong(wanted, 'only a plugin that runs as root can run commands as another user', {
      hint: 'Leave User out, or run the plugin as root.',
    })
  }
  // By getent rather than from /etc/passwd: users may come from elsewhere.
  const { stdout } = await run('getent', ['passwd', wanted]).catch((cause: unknown) => {
    throw wrong(wanted, 'there is no such user on this machine', { hint: 'See: getent passwd', cause })
  })
  const [name = '', , uid, gid, , home = '/'] = stdout.trim().split(':')
  return { name, uid: Number(uid), gid: Number(gid), home }
}

function wrong(user: string, what: string, options: { hint: string; cause?: unknown }): InfrakitError {
  const path = 'Properties.User'
  return new InfrakitError('input', `${path}: cannot run as '${user}': ${what}`, { path, ...options })
}
