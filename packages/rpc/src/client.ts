/** The client half: loads neither express nor zod nor a server. */
export { checkSocketPath, formatAddress, type Address, type ClientTls, type ServerTls } from './address.js'
export type { BindOptions } from './bind.js'
export { hasInterface, type Handshake, type ImplementedInterface } from './client-handshake.js'
export { isWrittenNumber, parseJson, stringifyJson } from './codec.js'
export { eras, versionIn, type Era } from './eras.js'
export { createClient, type ClientOptions, type PluginClient } from './plugin-client.js'
export type { Subscriber } from './sse-client.js'
