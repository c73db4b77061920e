import { execFileSync } from 'node:child_process'
import { temporaryFolder } from '@infrakit/testing'
import { needsDocker, testImage } from '@infrakit/testing/engine'
import t, { type Test } from 'tap'
import { flavorFor } from './support.js'

/** Stands for an engine's program: writes down how it was called, and knows the labels that the engine was given. */
const program = `#!/bin/sh
echo "$*" >> /calls
case "$1 $2" in
  'info ') echo " Swarm: $STATE"; echo " NodeID: self"; tr -d ' ",' < /etc/docker/daemon.json 2> /dev/null ;;
  'swarm init') echo SWMTKN-1-secret ;;
  'node ls') printf 'self\\nold\\n' ;;
esac
exit 0
`
const setup = `mkdir -p /var/run /etc/docker; sleep 1000 & echo $! > /var/run/docker.pid`

/** Runs the script of the first manager on a machine of its own. Answers its calls, its words and its `daemon.json`. */
async function run(
  t: Test,
  state: string,
  daemonJSON = '',
): Promise<{ calls: string[]; words: string; config: string }> {
  const Properties = { Docker: { Host: `unix://${await temporaryFolder(t)}/none.sock` }, SwarmJoinIP: '10.0.0.1' }
  const Tags = { 'infrakit.group': 'g', 'infrakit.provision': 'k' }
  const { prepare } = await flavorFor(t)
  const { Spec } = await prepare({ Properties, Spec: { LogicalID: '10.0.0.1', Tags } })
  const command = `${setup}
printf '%s' "$PROGRAM" > /bin/docker; chmod +x /bin/docker
printf '%s' "$CONFIG" > /etc/docker/daemon.json
sh -c "$SCRIPT" > /words 2>&1; echo "exit $?" >> /words
for file in /calls /words /etc/docker/daemon.json; do cat "$file"; echo '-----'; done`
  const env = { ...process.env, PROGRAM: program, CONFIG: daemonJSON, SCRIPT: Spec.Init ?? '', STATE: state }
  const names = ['PROGRAM', 'CONFIG', 'SCRIPT', 'STATE'].flatMap((name) => ['-e', name])
  const args = ['run', '--rm', ...names, testImage('busybox'), 'sh', '-c', command]
  const said = execFileSync('docker', args, { encoding: 'utf8', env })
  const [calls = '', words = '', config = ''] = said.split('-----\n')
  const told = calls.split('\n').filter((line) => line !== '' && line !== 'info')
  return { calls: told, words, config }
}

t.test('the script of a manager', needsDocker, async (t) => {
  const takenOut = [
    'node ls --quiet --filter label=infrakit-member=g/10.0.0.1',
    'node demote old',
    'node rm --force old',
  ]
  const init = 'swarm init --advertise-addr 10.0.0.1'
  const cases: [string, string, string[]][] = [
    ['in no swarm it makes one', 'inactive', [init, ...takenOut]],
    ['one that comes back with its state is one already', 'active', takenOut],
    ['what is left of another swarm is left behind', 'error', ['swarm leave --force', init, ...takenOut]],
  ]
  for (const [name, state, expected] of cases) {
    const { calls, words, config } = await run(t, state)
    t.same(calls, expected, name)
    t.equal(words, 'exit 0\n', 'and says nothing: a token would be in it')
    t.match((JSON.parse(config) as { labels: string[] }).labels, [
      /^infrakit-link=/,
      /^infrakit-link-context=/,
      'infrakit-member=g/10.0.0.1',
    ])
  }
})

t.test("somebody's configuration of the engine is not overwritten", needsDocker, async (t) => {
  const { calls, words, config } = await run(t, 'inactive', '{"debug": true}')
  t.same(calls, [])
  t.match(
    words,
    /\/etc\/docker\/daemon\.json is there already and would be overwritten: give InitScriptTemplateURL.*\nexit 1\n/,
  )
  t.equal(config, '{"debug": true}')
  t.match(await run(t, 'inactive', '{"labels": ["infrakit-link=before"]}'), { words: 'exit 0\n' }, 'its own is')
})
