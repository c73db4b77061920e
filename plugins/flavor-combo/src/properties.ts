import { InfrakitError, messageOf, parsePluginName, type Opaque, type PluginConfig } from '@infrakit/spi'
import { parseInput, pluginConfig } from '@infrakit/spi/schemas'
import { z } from 'zod'

const flavors = z.array(pluginConfig).min(1, 'name at least one flavor')

/** `Properties` as a user writes them; the bare list of flavors does as well. */
export const propertiesSchema = z.strictObject({
  $schema: z.string().nullish().describe('Where an editor finds the schema; not used otherwise'),
  Flavors: flavors.describe('The flavors, in the order in which they prepare an instance'),
  Resolved: z
    .array(z.unknown())
    .nullish()
    .describe('What the names in each flavor stand for, filled in by the group when it is committed'),
})

/** One of the combined flavors. */
export interface Part {
  readonly name: string
  /** What its user wrote. */
  readonly given: Opaque
  /** What it is handed: that, and what was resolved at commit. */
  readonly properties: Opaque
  /** Where it stands: `Properties.Flavors[1]`. */
  readonly path: string
}

/** `Resolved` added to properties, which may have any keys. */
function withResolved(given: Opaque, resolved: Opaque): Opaque {
  if (resolved === undefined || resolved === null) return given
  return Object.fromEntries([...Object.entries((given ?? {}) as object), ['Resolved', resolved]])
}

/**
 * The two forms as one. A bare list to which a group has added `Resolved` arrives as an object whose other keys are the
 * list's indices.
 */
function flavorsOf(value: Opaque): { flavors: PluginConfig[]; resolved: Opaque[] | null | undefined; at: string } {
  const bare = Array.isArray(value) ? { ...(value as Opaque[]) } : (value as Record<string, Opaque> | null)
  const { Resolved, ...items } = typeof bare === 'object' && bare !== null ? bare : {}
  const isList = Array.isArray(value) || ('0' in items && Object.keys(items).every((key) => /^\d+$/.test(key)))
  if (!isList) {
    const { Properties } = parseInput(z.object({ Properties: propertiesSchema }), { Properties: value })
    return { flavors: Properties.Flavors, resolved: Properties.Resolved, at: 'Properties.Flavors' }
  }
  const list = z.object({ Properties: flavors, Resolved: propertiesSchema.shape.Resolved })
  const read = parseInput(list, { Properties: Object.values(items), Resolved })
  return { flavors: read.Properties, resolved: read.Resolved, at: 'Properties' }
}

function socketOf(plugin: string, path: string): string {
  try {
    return parsePluginName(plugin).socket
  } catch (cause) {
    throw new InfrakitError('input', `${path}: ${messageOf(cause)}`, { path, cause })
  }
}

function refuseLoop(plugin: string, self: string, path: string) {
  if (socketOf(plugin, path) !== parsePluginName(self).socket) return
  throw new InfrakitError('input', `${path}: ${plugin} cannot be a part of itself`, {
    path,
    hint: 'Put its flavors into this list, or start another combo under another name (--name) and name that.',
  })
}

/** Reads `Properties` of the combo called `self`. Throws `input`, naming the field. */
export function readProperties(value: Opaque, self: string): Part[] {
  const { flavors, resolved, at } = flavorsOf(value)
  if (resolved && resolved.length !== flavors.length) {
    const message = `Properties.Resolved: expected one entry for each of ${flavors.length} flavors, got ${resolved.length}`
    throw new InfrakitError('input', message, {
      path: 'Properties.Resolved',
      hint: 'Leave it out; the group fills it in.',
    })
  }
  return flavors.map(({ Plugin, Properties }, index) => {
    const path = `${at}[${index}]`
    refuseLoop(Plugin, self, `${path}.Plugin`)
    return { name: Plugin, given: Properties, properties: withResolved(Properties, resolved?.[index]), path }
  })
}
