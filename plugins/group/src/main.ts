import { runPlugin } from '@infrakit/host'
import { startGroups } from './plugin.js'

await runPlugin({
  module: import.meta.url,
  name: 'group',
  description: 'Keeps groups of instances as they were declared',
  fence: true,
  events: true,
  start: startGroups,
})
