/** For the tests of this repository's own plugins, which run its other programs beside them. */
export { answerOf } from './answer.js'
export { repositoryFile } from './files.js'
export { commandLine, startGroup, type RunInfrakit } from './group.js'
export { environmentOf, socketIn, startIn, type PluginProgram } from './place.js'
export { serveContainers, type ServeContainersOptions, type ServedContainers } from './serve-containers.js'
export { serveInstances, type Connection, type InstanceProgram, type ServeOptions } from './serve-instances.js'
