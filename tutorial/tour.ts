import { listInstances, loseInstance } from './instances.js'
import type { Session } from './session.js'

/** The walk-through: two groups of two instances each, one of them healed, updated, scaled and rolled back. */
export async function tour(session: Session): Promise<void> {
  await startPlugins(session)
  const blue = await declareBlue(session)
  await heal(session, blue)
  await declareGreen(session)
  await update(session)
  await scaleAndRollBack(session)
  await destroy(session)
}

async function startPlugins(session: Session): Promise<void> {
  session.say('Plugins are processes of their own. Three are enough to begin with; they run in the background.')
  await session.infrakit('plugin', 'start', 'group', 'flavor-vanilla')
  await session.infrakit('plugin', 'start', 'instance-file', '--', '--dir', './tutorial/instances')
  await session.infrakit('plugin', 'ls')
  session.say('The instance plugin makes files instead of machines. So far it has none:')
  await session.infrakit('instance', '--name', 'instance-file', 'describe')
}

async function declareBlue(session: Session): Promise<string[]> {
  session.say(
    'A group says how many instances there shall be, and of what kind. From now on the group plugin sees to it.',
  )
  await session.infrakit('group', 'watch', 'tutorial/app-blue-group.json')
  return listInstances(session, 2)
}

async function heal(session: Session, blue: readonly string[]): Promise<void> {
  session.say('An instance gets lost. Nobody polls: the loss itself is the signal.')
  await loseInstance(session, blue[0] ?? '', blue.length)
  await session.infrakit('group', 'inspect', 'app-blue')
}

async function declareGreen(session: Session): Promise<void> {
  session.say('A second group lives beside the first.')
  await session.infrakit('group', 'watch', 'tutorial/app-green-group.json')
  await listInstances(session, 4)
}

async function update(session: Session): Promise<void> {
  session.say('Another version of app-blue. First ask what it would mean; this changes nothing:')
  await session.infrakit('group', 'describe', 'tutorial/app-blue-group-2.json')
  session.say('Then do it: one instance after the other.')
  await session.infrakit('group', 'update', 'tutorial/app-blue-group-2.json')
}

async function scaleAndRollBack(session: Session): Promise<void> {
  session.say('The number of instances can be changed without a new specification.')
  await session.infrakit('group', 'scale', 'app-blue', '3')
  await listInstances(session, 5)
  session.say('What was committed is remembered, and can be gone back to.')
  await session.infrakit('group', 'history', 'app-blue')
  await session.infrakit('group', 'rollback', '--wait', 'app-blue')
  await session.infrakit('group', 'ls')
}

async function destroy(session: Session): Promise<void> {
  session.say('Both groups go, with all their instances; then the plugins.')
  await session.infrakit('group', 'destroy', '--wait', 'app-blue', 'app-green')
  await listInstances(session, 0)
  await session.infrakit('plugin', 'stop', 'group', 'instance-file', 'flavor-vanilla')
}
