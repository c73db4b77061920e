import { blueGreen } from './blue-green.js'
import { containers, missingForContainers } from './containers.js'
import { createEnding } from './ending.js'
import { createSession } from './session.js'
import { tour } from './tour.js'

const [part, ...surplus] = process.argv.slice(2)
const withContainers = part === 'containers'
if ((part !== undefined && !withContainers) || surplus.length > 0) {
  process.stderr.write('usage: npm run tutorial [-- containers]\n')
  process.exit(2)
}
const missing = withContainers ? await missingForContainers() : []
if (missing.length > 0) {
  process.stderr.write(`This part needs ${missing.join(', ')}. On Debian and Ubuntu, as root: npm run services\n`)
  process.exit(1)
}

const ending = createEnding()
const session = await createSession(ending.signal)
try {
  if (withContainers) {
    await containers(session)
  } else {
    await tour(session)
    // Its servers are processes, which only Linux lets a plugin keep.
    if (process.platform === 'linux') await blueGreen(session)
  }
} catch (error) {
  ending.failed(error)
} finally {
  try {
    await session.end()
  } catch (error) {
    ending.failed(error)
  }
}
process.exitCode = ending.status()
if (process.exitCode === 0) {
  process.stdout.write('\nThat was it. Nothing is left running, and all that was made is gone again.\n')
  process.stdout.write('tutorial/README.md and tutorial/blue-green/README.md walk you through the same by hand.\n')
  if (!withContainers) {
    process.stdout.write('With Docker, Consul and HAProxy on this machine: npm run tutorial -- containers\n')
  }
}
