import { defineCommand } from '../../command.js'
import { freeGroups } from './free.js'

export const unwatch = defineCommand({
  description: 'The same as free: the group plugin forgets the groups, and their instances stay as they are.',
  examples: ['infrakit group unwatch app-blue'],
  run: freeGroups,
})
