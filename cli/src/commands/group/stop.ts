import { defineCommand } from '../../command.js'
import { commitState } from '../../groups/park.js'

export const stop = defineCommand({
  description: `Parks groups: commits their specification with Allocation.State 'stopped'. The instances are drained, stopped and
kept, and neither probed nor replaced until the group is started again.`,
  examples: ['infrakit group stop app-blue'],
  run: (context, ids) => commitState(context, ids, 'stopped'),
})
