import { InfrakitError, messageOf } from '@infrakit/spi'
import { makeFolder, removeLeftovers } from '@infrakit/store'

/** Makes the folder when it is missing and clears what killed processes left half written. Throws `input`. */
export async function prepareFolder(dir: string): Promise<void> {
  try {
    await makeFolder(dir)
    await removeLeftovers(dir)
  } catch (error) {
    throw new InfrakitError('input', `cannot use ${dir} as the folder of instances: ${messageOf(error)}`, {
      hint: 'Choose another folder with --dir, or give the user that runs the plugin the right to use it.',
      cause: error,
    })
  }
}
