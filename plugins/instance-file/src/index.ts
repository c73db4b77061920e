export * from './plugin.js'
export * from './properties.js'
export type { FolderOptions } from './folder.js'
