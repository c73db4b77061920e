import { aliasesOf, eras, versionIn } from './eras.js'
import { methodsOf, type OfferedInterface } from './offer.js'

export interface Vendor {
  readonly name: string
  readonly version: string
  readonly url?: string
}

/** Any text will do: it shows the shape of a call and belongs to none. */
const exampleId = '1'

function methodsInfo({ definition }: OfferedInterface): object[] {
  const field = definition.address === undefined ? {} : { [definition.address]: '' }
  const rows = methodsOf(definition).flatMap(([name, { example }]) => {
    const own = `${definition.name}.${name}`
    return [own, ...aliasesOf(own)].map((method) => ({
      Request: { jsonrpc: '2.0', method, params: { ...field, ...example.request }, id: exampleId },
      Response: { result: { ...field, ...example.response }, id: exampleId },
    }))
  })
  return rows.sort((a, b) => (a.Request.method < b.Request.method ? -1 : 1))
}

/** What `/info/api.json` shows: who made the plugin, what it implements, and an example of every call, as HEAD has it. */
export function apiInfo(vendor: Vendor, offered: readonly OfferedInterface[]): object {
  const rows = offered.flatMap((one) => {
    const Version = versionIn(eras[0], one.definition) ?? one.definition.version
    return one.types.map((type) => ({
      api: { Name: one.definition.name, Version, Sub: type === '.' ? '' : type },
      Methods: methodsInfo(one),
    }))
  })
  return {
    Vendor: { Name: vendor.name, Version: vendor.version, Sub: '', URL: vendor.url ?? '' },
    Implements: rows.map(({ api }) => api),
    Interfaces: rows.map(({ api, Methods }) => ({ ...api, Methods })),
  }
}
