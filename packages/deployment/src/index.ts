export { Deployments } from './deployments.js'
export { createHook } from './hook.js'
export type * from './ports.js'
export { Services } from './services.js'
