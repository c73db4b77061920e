export * from './flavors.js'
export * from './plugin.js'
export * from './properties.js'
