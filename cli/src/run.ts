import { reportError } from './output/errors.js'

/**
 * Carries out one command line (without the name of the program).
 *
 * @returns the exit status: 0 done, 1 failed, 2 bad usage or bad input. Errors are on standard error by then.
 */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    if (argv[0] === '__complete') {
      const { complete } = await import('./completion/complete.js')
      for (const candidate of await complete(argv.slice(1))) process.stdout.write(`${candidate}\n`)
      return 0
    }
    if (argv[0] === '__supervise') {
      const { superviseFromArgument } = await import('./processes/supervise.js')
      return await superviseFromArgument(argv[1] ?? '')
    }
    const { execute } = await import('./program.js')
    return await execute(argv)
  } catch (error) {
    return reportError(error, { json: given(argv, '--json'), debug: given(argv, '--debug') })
  }
}

/** Whether a flag stands before `--`; asked when the command line may not even be readable. */
function given(argv: readonly string[], flag: string): boolean {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).includes(flag)
}
