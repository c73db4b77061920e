import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runPlugin } from '@infrakit/host'
import { createFilePlugin } from '@infrakit/instance-file'
import { offer } from '@infrakit/rpc'
import { instanceInterface, lifecycleInterface, tag, type Instance } from '@infrakit/spi'
import { writeFileDurably } from '@infrakit/store'

interface Options {
  /** Every write takes so long. */
  readonly slow?: string
  /** Nothing is written before this file is there. */
  readonly gate?: string
  /** A key that was there before is as good as a new one: known to be wrong. */
  readonly ignoreKeys?: boolean
}

/** As if each provision had come without a key; it is noted afterwards, so that one can see what happened. */
function ignoringKeys(instance: Instance): Instance {
  return {
    ...instance,
    async provision({ Spec }, call) {
      const { [tag.provision]: key, ...Tags } = Spec.Tags ?? {}
      const made = await instance.provision({ Spec: { ...Spec, Tags } }, call)
      if (key !== undefined) await instance.label({ Instance: made.ID, Labels: { [tag.provision]: key } })
      return made
    },
  }
}

/** The file plugin on a disk that keeps one waiting. */
await runPlugin<Options>({
  module: import.meta.url,
  name: 'instance-file',
  description: 'Makes instances that are files in a folder, slowly',
  fence: true,
  events: true,
  options: (command) => void command.option('--slow <ms>').option('--gate <file>').option('--ignore-keys'),
  async start({ options: { slow, gate, ignoreKeys }, home, log, events }) {
    const write: typeof writeFileDurably = async (...given) => {
      if (slow) await sleep(Number(slow))
      while (gate && !existsSync(gate)) await sleep(5)
      return writeFileDurably(...given)
    }
    const plugin = await createFilePlugin({
      dir: join(home, 'instances'),
      log,
      publish: (event) => events.publish(event),
      write,
    })
    const instance = ignoreKeys ? ignoringKeys(plugin.instance) : plugin.instance
    return {
      offers: [offer(instanceInterface, instance), offer(lifecycleInterface, plugin.lifecycle)],
      stop: async () => plugin.stop(),
    }
  },
})
