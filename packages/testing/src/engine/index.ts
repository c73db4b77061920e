export { docker, needsDocker, testImage, unique } from './docker.js'
export { ownEngine, type OwnEngine } from './own-engine.js'
export { account, push, startRegistry, variant, type Registry } from './registry.js'
export { createProxy, type Manner, type Proxy } from './socket-proxy.js'
