import { runScript, type Child, type ChildOptions, type Teardown } from '@infrakit/testing'

/** Runs a script of `fixtures` as a process of its own; it is killed when the test is over. */
export function runFixture(t: Teardown, name: string, args: readonly string[], options?: ChildOptions): Child {
  return runScript(t, new URL(`fixtures/${name}.js`, import.meta.url), args, options)
}
