import { once } from 'node:events'
import type { Teardown } from '../folder.js'
import { startProcess } from '../process.js'
import { repositoryFile } from './files.js'
import { environmentOf, startIn } from './place.js'

/** Runs the command line in a home. Answers what it says; throws it when it fails. */
export type RunInfrakit = (...args: string[]) => Promise<string>

/** The plugins of this repository that a group needs beside one that makes instances. */
const besides = {
  group: 'plugins/group/bin/infrakit-group-default.js',
  'flavor-vanilla': 'plugins/flavor-vanilla/bin/infrakit-flavor-vanilla.js',
}

/** What types commands of this repository's CLI in a home. */
export function commandLine(t: Teardown, home: string): RunInfrakit {
  const env = { ...environmentOf(home), NO_COLOR: '1' }
  return async (...args) => {
    const run = startProcess(t, repositoryFile('cli/bin/infrakit.js'), args, env)
    const [code] = (await once(run.child, 'close')) as [number | null]
    if (code !== 0) throw new Error(`infrakit ${args.join(' ')} ended with ${code}: ${run.output()}`)
    return run.output()
  }
}

/**
 * Starts the group plugin and a flavor in the home of an instance plugin, each as a process of its own.
 *
 * @param programs by the name on the socket, the path in this repository
 */
export async function startGroup(
  t: Teardown,
  home: string,
  programs: Readonly<Record<string, string>> = besides,
): Promise<RunInfrakit> {
  for (const [name, path] of Object.entries(programs)) await startIn(t, home, { name, script: repositoryFile(path) })
  return commandLine(t, home)
}
