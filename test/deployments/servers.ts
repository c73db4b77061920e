import { fileURLToPath } from 'node:url'
import type { PluginConfig } from '@infrakit/spi'
import { testImage } from '@infrakit/testing/engine'
import type { Teardown } from '@infrakit/testing'
import { createComposeProject } from '../environment/compose-project.js'

export type InstanceKind = 'process' | 'docker' | 'compose'

/** Makes instances that are the server of `switch-server`, with that environment beside what it needs. */
export type Servers = (environment: Readonly<Record<string, string>>) => PluginConfig

const server = fileURLToPath(new URL('../load/switch-server.js', import.meta.url))
/** Containers have the repository where this machine has it: the server's libraries are there, too. */
const repository = fileURLToPath(new URL('../../..', import.meta.url))
const container = {
  command: ['/bin/node', server],
  volumes: [`${repository}:${repository}:ro`],
}
const inside = { HOST: '0.0.0.0', PORT: '8080' }

/** @param variables names of all that may ever be in an environment: a Compose file has to mention them */
export async function serversOf(t: Teardown, kind: InstanceKind, variables: readonly string[]): Promise<Servers> {
  if (kind === 'process') {
    return (Environment) => ({
      Plugin: 'instance-process',
      Properties: {
        Command: [process.execPath, server],
        Environment,
        Ports: [{ Name: 'http' }],
        StopGrace: '5s',
      },
    })
  }
  const image = testImage('node-server')
  if (kind === 'docker') {
    return (environment) => ({
      Plugin: 'instance-docker',
      Properties: { image, ...container, environment: { ...inside, ...environment }, ports: [8080] },
    })
  }
  const given = Object.fromEntries(variables.map((name) => [name, `\${${name}:-}`]))
  const app = { image, ...container, environment: { ...inside, ...given }, ports: ['8080'] }
  const project = await createComposeProject(t, { app })
  return (Environment) => ({
    Plugin: 'instance-compose',
    Properties: { Files: project.file, Project: project.name, Service: 'app', Environment },
  })
}
