import type { Proxy } from '@infrakit/spi'

/** Who types has a right to every route: whose it is is asked of the proxy. */
export async function ownerOf(proxy: Proxy, name: string): Promise<string> {
  const { Routes } = await proxy.list({})
  return Routes.find(({ Route }) => Route.Name === name)?.Route.Owner ?? 'cli'
}
