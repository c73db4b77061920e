export * from './flavors.js'
export * from './forwarder.js'
export * from './plugin.js'
export * from './properties.js'
