import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lacking, skipFor } from '@infrakit/testing'
import type { Report } from '@infrakit/testing/conformance'
import t from 'tap'
import { createHome } from './plugin-authors/home.js'

const example = fileURLToPath(new URL('../../docs/examples/instance-bash.sh', import.meta.url))
const tools = ['bash', 'socat', 'jq']

// In a file of its own: each call costs it some processes.
t.test('the example in bash keeps every promise that jq lets it keep', { skip: skipFor(tools) }, async (t) => {
  t.equal(lacking(tools), undefined, 'what it needs is installed')
  const home = await createHome(t)
  await home.infrakit('plugin', 'start', example, '--', '--dir', join(home.folder, 'instances'))
  const args = ['instance-bash', '--properties', '{"Note": "x"}', '--timeout', '40s', '--json']
  const { stdout } = await home.attempt('plugin', 'verify', ...args)
  const { verdicts, leftovers } = JSON.parse(stdout) as Report
  const broken = verdicts.filter(({ outcome }) => outcome === 'broken').map(({ promise }) => promise)
  const rounds = /^jq-1\.[0-6]/.test(execFileSync('jq', ['--version'], { encoding: 'utf8' }))
  t.same(broken, rounds ? ['big numbers in properties stay what they are'] : [], 'as the guide says')
  t.same(leftovers, [])
  t.ok(verdicts.filter(({ outcome }) => outcome === 'kept').length > 30)
})
