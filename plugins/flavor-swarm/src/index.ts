export * from './plugin.js'
export * from './properties.js'
