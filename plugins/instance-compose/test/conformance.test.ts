import { outcomeOf, transportTo, verifyPlugin } from '@infrakit/testing/conformance'
import t from 'tap'
import { needsCompose, serve, userProject, waits } from './support.js'

const file = `services: {app: {image: IMAGE, command: ${waits}, ports: ["80"]}}`

t.test('the conformance suite accepts it', needsCompose, async (t) => {
  const project = await userProject(t, { 'compose.yml': file })
  const { path, containers, resolve } = await serve(t)
  const given = { Files: project.file, Project: project.name, Service: 'app' }
  // As a group does it; what is not resolved is rendered again for each instance.
  const properties = { ...given, Resolved: (await resolve.resolve({ Properties: given })).Resolved as object }
  const report = await verifyPlugin({
    name: 'instance-compose',
    transport: transportTo({ path }),
    properties,
  })
  const kept = ['Event', 'Fence', 'Instance', 'Lifecycle', 'Logs', 'Prepare', 'Protocol', 'Resolve']
  t.same(outcomeOf(report), { broken: [], kept, leftovers: [] })
  t.same(containers(), [])
})
