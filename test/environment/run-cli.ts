import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../../cli/bin/infrakit.js', import.meta.url))

export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `infrakit` in a home to its end, without a terminal. */
export function runCli(home: string, args: readonly string[]): Promise<Said> {
  const env = { ...process.env, INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: `${home}/plugins`, NO_COLOR: '1' }
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr })
    })
  })
}
