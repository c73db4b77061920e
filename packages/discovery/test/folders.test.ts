import { homedir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { infrakitHome, pluginsDir } from '../src/index.js'

t.test('the home is $INFRAKIT_HOME, else ~/.infrakit', async (t) => {
  t.equal(infrakitHome({ INFRAKIT_HOME: '/x', HOME: '/home/u' }), '/x')
  t.equal(infrakitHome({ INFRAKIT_HOME: '', HOME: '/home/u' }), '/home/u/.infrakit')
  t.equal(infrakitHome({}), join(homedir(), '.infrakit'))
})

t.test('the plugin folder is $INFRAKIT_PLUGINS_DIR, else plugins in the home', async (t) => {
  t.equal(pluginsDir({ INFRAKIT_PLUGINS_DIR: '/p', INFRAKIT_HOME: '/x' }), '/p')
  t.equal(pluginsDir({ INFRAKIT_HOME: '/x' }), '/x/plugins')
  t.equal(pluginsDir({ HOME: '/home/u' }), '/home/u/.infrakit/plugins')
})

t.test('relative folders count from where we are', async (t) => {
  t.equal(pluginsDir({ INFRAKIT_PLUGINS_DIR: 'p' }), join(process.cwd(), 'p'))
})
