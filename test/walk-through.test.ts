import { execFile } from 'node:child_process'
import { copyFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { temporaryFolder } from '@infrakit/testing'
import t from 'tap'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * The commands of the walk-through from which users of the original know this, as they were written for it: `build` holds
 * the programs, the plugins run in the background of the shell. `look_until` stands for a reader who looks again.
 */
const commands = `
look_until() { for i in $(seq 300); do if eval "$1"; then return; fi; sleep 0.1; done; echo "waited in vain: $1"; }
section() { echo "## $1"; }
trap 'kill $(jobs -p); wait' EXIT

build/infrakit-group-default 2> group.log &
mkdir -p tutorial
build/infrakit-instance-file --dir ./tutorial/ 2> instance.log &
build/infrakit-flavor-vanilla 2> flavor.log &
look_until '[ "$(ls "$INFRAKIT_HOME/plugins" 2>/dev/null | grep -vc pid)" = 3 ]'

section ls
build/infrakit plugin ls
section empty
build/infrakit instance --name instance-file describe
section watch
build/infrakit group watch tutorial-config/app-blue-group.json
look_until '[ "$(ls tutorial/ | wc -l)" = 2 ]'
section heal
before=$(ls tutorial/)
gone=$(ls tutorial/ | head -n 1)
rm tutorial/$gone
look_until '[ "$(ls tutorial/ | wc -l)" = 2 ] && ! [ -e tutorial/$gone ]'
[ "$before" != "$(ls tutorial/)" ] && echo healed
section inspect
build/infrakit group inspect app-blue
section green
build/infrakit group watch tutorial-config/app-green-group.json
look_until '[ "$(ls tutorial/ | wc -l)" = 4 ]'
section describe
build/infrakit group describe tutorial-config/app-blue-group-2.json
section update
build/infrakit group update tutorial-config/app-blue-group-2.json 2>/dev/null
section destroy
build/infrakit group destroy app-blue
build/infrakit group destroy app-green
look_until '[ -z "$(ls tutorial/)" ]'
ls tutorial/
`

/** What was printed in each section. */
function sectionsOf(output: string): Record<string, string[]> {
  const parts = output.split(/^## /m).slice(1)
  return Object.fromEntries(
    parts.map((part) => {
      const [title = '', ...lines] = part.trimEnd().split('\n')
      return [title, lines]
    }),
  )
}

t.test('the walk-through works as it was written', { timeout: 100_000 }, async (t) => {
  const home = await temporaryFolder(t)
  await symlink(join(root, 'node_modules', '.bin'), join(home, 'build'))
  const config = join(home, 'tutorial-config')
  await promisify(execFile)('mkdir', [config])
  for (const file of ['app-blue-group.json', 'app-green-group.json', 'app-blue-group-2.json']) {
    await copyFile(join(root, 'tutorial', file), join(config, file))
  }
  const env = { ...process.env, INFRAKIT_HOME: join(home, '.infrakit'), INFRAKIT_PLUGINS_DIR: '' }
  const { stdout } = await promisify(execFile)('bash', ['-e', '-c', commands], { cwd: home, env })
  const told = sectionsOf(stdout)
  t.match(told['ls'], [/^Plugins:$/, /^NAME +LISTEN$/, /^flavor-vanilla +\//, /^group +\//, /^instance-file +\//])
  t.match(told['empty'], [/^ID +LOGICAL +TAGS$/])
  t.same(told['watch'], ['watching app-blue: Managing 2 instances'])
  t.same(told['heal'], ['healed'])
  const member =
    /^instance-\d+ +- +colour=blue,infrakit\.config_sha=[a-z2-7]{32},infrakit\.group=app-blue,project=app,tier=web$/
  t.match(told['inspect'], [/^ID +LOGICAL +TAGS$/, member, member])
  t.same(told['green'], ['watching app-green: Managing 2 instances'])
  t.same(told['describe'], ['app-blue : Performs a rolling update on 2 instances'])
  t.same(told['update'], ['update app-blue completed'])
  t.same(told['destroy'], ['Destroying app-blue', 'Destroying app-green'])
})
