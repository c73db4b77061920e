import { dirname } from 'node:path'
import type { Source } from '../properties.js'

/** Version 1 lacks some of the options, and needs them less. */
export type Major = 1 | 2

function repeated(flag: string, values: readonly string[]): string[] {
  return values.flatMap((value) => [flag, value])
}

/** Files, project and what fills them in, as every command takes them. */
function sourceArgv({ files, project, envFiles, profiles }: Source): string[] {
  return [
    ...repeated('--file', files),
    ...(project === undefined ? [] : ['--project-name', project]),
    ...repeated('--env-file', envFiles),
    ...repeated('--profile', profiles),
  ]
}

/** Renders a service with all that it uses, as Compose understands the files. */
export function configArgv(source: Source, service: string, major: Major): string[] {
  return [...sourceArgv(source), 'config', ...(major === 1 ? [] : ['--format', 'json', service])]
}

/** Names all services that there are, a line each. */
export function servicesArgv(source: Source, major: Major): string[] {
  const all = major === 1 ? source : { ...source, profiles: ['*'] }
  return [...sourceArgv(all), 'config', '--services']
}

export function buildArgv(source: Source, service: string): string[] {
  return [...sourceArgv(source), 'build', service]
}

/** Brings up services of the user as they are in the files; those that are there already are left as they are. */
export function sidesArgv(source: Source, project: string, services: readonly string[]): string[] {
  return [...sourceArgv({ ...source, project }), 'up', '--detach', '--no-recreate', ...services]
}

/** A project that comes by standard input. What the user's .env says of Compose itself does not count. */
function generatedArgv({ files, envFiles }: Source, project: string): string[] {
  const folder = dirname(files[0] ?? '/')
  return [
    ...['--file', '-', '--project-directory', folder, '--project-name', project],
    ...repeated('--env-file', envFiles),
  ]
}

/** Makes the container of a generated service, and does not start it. */
export function createArgv(source: Source, project: string, service: string, major: Major): string[] {
  const newer = major === 1 ? [] : ['--pull', 'never', '--remove-orphans=false']
  const only = ['--no-start', '--no-deps', '--no-recreate', '--no-build', ...newer]
  return [...generatedArgv(source, project), 'up', ...only, service]
}

/** Starts it, with what Compose puts into it first. */
export function startArgv(source: Source, project: string, service: string): string[] {
  return [...generatedArgv(source, project), 'start', service]
}
