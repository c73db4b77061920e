export * from './notify/index.js'
export * from './plugin.js'
