import { defineCommand } from '../../command.js'
import { commitState } from '../../groups/park.js'

export const start = defineCommand({
  description: `Starts parked groups: commits their specification with Allocation.State 'running'. What is missing is made anew.`,
  examples: ['infrakit group start app-blue'],
  run: (context, ids) => commitState(context, ids, 'running'),
})
