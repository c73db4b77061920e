export * from './plugin.js'
export type { Clock } from './clock.js'
