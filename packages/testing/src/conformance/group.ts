import type { PluginPromise } from './promise.js'

export const groupPromises: readonly PluginPromise[] = []
