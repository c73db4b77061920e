import type { Plugins } from '@infrakit/discovery'
import { InfrakitError, kindOf, type InterfaceDefinition } from '@infrakit/spi'
import type { Context } from './context.js'

/** A plugin that does not say by then what it is, is not the one that is looked for (ms). */
const patienceMs = 3000

/**
 * The name of the plugin that `--name` chose, or of the only running one that has the interface. Throws `input` when there
 * are several, `not-found` when there is none.
 */
export async function nameOfOnly<H>(
  context: Context,
  definition: InterfaceDefinition<H>,
  usual: string,
): Promise<string> {
  if (context.plugin) return context.plugin
  const { found, silent } = await ask(await context.plugins(), definition, patienceMs)
  const [only, ...others] = found
  if (only !== undefined && others.length === 0) return only
  const noun = definition.name.toLowerCase()
  if (only !== undefined) {
    throw new InfrakitError('input', `which ${noun}? ${found.join(' and ')} are running`, { hint: 'choose by --name' })
  }
  const start = `infrakit plugin start ${usual}`
  const left = silent.length > 1 ? 'left their sockets and do not answer' : 'left its socket and does not answer'
  const hint =
    silent.length === 0 ? start : `${silent.join(', ')} ${left}: if it was one, start it again. Otherwise ${start}`
  throw new InfrakitError('not-found', `no ${noun} is running`, { hint })
}

/** The interface of that plugin. Throws likewise. */
export async function connectOnly<H>(context: Context, definition: InterfaceDefinition<H>, usual: string): Promise<H> {
  const name = await nameOfOnly(context, definition, usual)
  return (await context.plugins()).get(definition, name)
}

/** The names of the running plugins that have the interface. */
export async function namesServing<H>(
  plugins: Plugins,
  definition: InterfaceDefinition<H>,
  patienceMs: number,
): Promise<string[]> {
  return (await ask(plugins, definition, patienceMs)).found
}

/** Plugins that have the interface, and those that do not answer, whatever they have. */
async function ask<H>(
  plugins: Plugins,
  definition: InterfaceDefinition<H>,
  patienceMs: number,
): Promise<{ found: string[]; silent: string[] }> {
  const names = (await plugins.list()).map(({ name }) => name)
  const serving = await Promise.all(names.map((name) => serves(plugins, definition, name, patienceMs)))
  return {
    found: names.filter((_, index) => serving[index]),
    silent: names.filter((_, index) => serving[index] === undefined),
  }
}

/** `undefined`: it does not answer. */
async function serves<H>(
  plugins: Plugins,
  definition: InterfaceDefinition<H>,
  name: string,
  patienceMs: number,
): Promise<boolean | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patienceMs)
  })
  const asked = plugins
    .implements(definition, name)
    .catch((error: unknown) => (kindOf(error) === 'unavailable' ? undefined : false))
  return Promise.race([asked, late]).finally(() => clearTimeout(timer))
}
