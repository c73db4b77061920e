/**
 * Loaded by the process of each test file after tap's own hooks: what a test starts runs as it does for a user. tap would have
 * every Node process below a test load those hooks, which name all modules and read their source maps. That is of use for
 * coverage alone, and half of the processor time of a plugin's start, thousands of times.
 */
import processOnSpawn from 'process-on-spawn'

/** As tap writes it. */
const hooks = /"--(import|loader)=[^"]*@tapjs\/processinfo[^"]*"/g

processOnSpawn.addListener((started) => {
  const { NODE_OPTIONS: options = '', ...env } = started.env
  const kept = options.replace(hooks, '').trim()
  started.env = kept === '' ? env : { ...env, NODE_OPTIONS: kept }
})
