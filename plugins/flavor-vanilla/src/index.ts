export { HealthProbes, type HealthProbesOptions } from './health-probes.js'
export * from './plugin.js'
export * from './properties.js'
