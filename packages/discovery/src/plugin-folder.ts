import { stat } from 'node:fs/promises'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { makeFolder } from '@infrakit/store'

/**
 * Makes the plugin folder (0700) when it is missing and refuses one where somebody else could put a plugin of his own
 * in place of ours: it must belong to us or to root, and must not be writable for everybody.
 *
 * @throws input
 */
export async function preparePluginFolder(dir: string): Promise<void> {
  await makeFolder(dir).catch((cause: unknown) => {
    throw new InfrakitError('input', `no plugin folder: ${messageOf(cause)}`, { hint: elsewhere, cause })
  })
  const { uid, mode } = await stat(dir)
  const me = process.getuid?.()
  if (me !== undefined && uid !== me && uid !== 0) {
    throw new InfrakitError('input', `the plugin folder ${dir} belongs to another user (uid ${uid}, not ${me})`, {
      hint: elsewhere,
    })
  }
  if (mode & 0o002) {
    throw new InfrakitError('input', `the plugin folder ${dir} is writable for everybody`, {
      hint: `Take the right away (chmod 700 ${dir}), or use another folder: --plugins-dir or INFRAKIT_PLUGINS_DIR.`,
    })
  }
}

const elsewhere = 'Use a folder of your own: --plugins-dir or INFRAKIT_PLUGINS_DIR.'
