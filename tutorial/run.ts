import { blueGreen } from './blue-green.js'
import { createEnding } from './ending.js'
import { createSession } from './session.js'
import { tour } from './tour.js'

const ending = createEnding()
const session = await createSession(ending.signal)
try {
  await tour(session)
  // Its servers are processes, which only Linux lets a plugin keep.
  if (process.platform === 'linux') await blueGreen(session)
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
}
