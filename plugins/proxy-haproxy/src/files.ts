import type { SettledRoute } from '@infrakit/proxy'
import { certificateFile, isOurs, listenId, routeFile, baseFile, type Layout } from './layout.js'
import { renderBase, renderListen, renderRoute, structureOf } from './render.js'
import type { Slots } from './slots.js'

/** A route with its servers in their places. */
export interface Placed {
  readonly route: SettledRoute
  readonly slots: Slots
}

export interface FileChanges {
  readonly files: Map<string, string | null>
  /** Whether a running HAProxy has to read them anew. */
  readonly structural: boolean
}

export interface Wanted {
  readonly placed: ReadonlyMap<string, Placed>
  /** The routes that differ; a name without a route is one that goes. */
  readonly changed: ReadonlySet<string>
  readonly layout: Layout
  /** How many files HAProxy can have open; `undefined` when somebody else sees to that. */
  readonly descriptors: number | undefined
  /** What is on disk. */
  readonly texts: ReadonlyMap<string, string>
  /** Certificates of changed routes by name, as HAProxy wants them. */
  readonly certificates: ReadonlyMap<string, string>
  /** Whether all files have to be looked at. */
  readonly all: boolean
}

/** What has to be written so that the configuration is that of these routes. */
export function fileChanges({ placed, changed, layout, descriptors, texts, certificates, all }: Wanted): FileChanges {
  const files = new Map<string, string | null>()
  for (const name of changed) {
    const one = placed.get(name)
    files.set(routeFile(name), one ? renderRoute(one.route, one.slots) : null)
  }
  const structural = [...files].some(([file, text]) => structureOf(texts.get(file) ?? '') !== structureOf(text ?? ''))
  if (!structural && !all) return { files, structural }
  const places = [...placed.values()].reduce((sum, { slots }) => sum + slots.length, 0)
  files.set(baseFile, renderBase(layout, places, descriptors))
  for (const [name, text] of certificates) files.set(certificateFile(name), text)
  const listens = new Map<string, SettledRoute[]>()
  for (const { route } of placed.values()) {
    const id = listenId(route)
    listens.set(id, [...(listens.get(id) ?? []), route])
  }
  for (const routes of listens.values()) for (const [file, text] of renderListen(routes, layout)) files.set(file, text)
  for (const file of texts.keys()) if (!isNeeded(file, files, placed)) files.set(file, null)
  const differs = [...files].some(([file, text]) => !file.startsWith('conf/20-') && (texts.get(file) ?? null) !== text)
  return { files, structural: structural || differs }
}

function isNeeded(
  file: string,
  files: ReadonlyMap<string, string | null>,
  placed: ReadonlyMap<string, Placed>,
): boolean {
  if (files.has(file) || !isOurs(file)) return true
  const route = /^(?:conf\/20-route-(.*)\.cfg|data\/certificate-(.*)\.pem)$/.exec(file)
  const one = placed.get(route?.[1] ?? route?.[2] ?? '')
  if (!one) return file === baseFile
  return file.startsWith('conf/') || one.route.tls !== undefined
}
