import t from 'tap'
import { parsePluginName } from '../src/plugin-name.js'

t.test('splits names into socket and type', async (t) => {
  t.same(parsePluginName('group'), { socket: 'group', type: '' })
  t.same(parsePluginName('swarm/manager'), { socket: 'swarm', type: 'manager' })
  t.same(parsePluginName('a/b/c'), { socket: 'a', type: 'b/c' })
})

t.test('refuses names that would leave the plugin folder', async (t) => {
  for (const name of ['', '/x', '.', '..', '../group', 'a\\b', 'a\0b']) {
    t.throws(() => parsePluginName(name), { message: /is not a plugin name/ }, JSON.stringify(name))
  }
})
