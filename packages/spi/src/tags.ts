import type { Tags } from './common.js'

/** The tags by which a group finds its instances again. They are part of the wire contract. */
export const tag = {
  /** The group's ID. */
  group: 'infrakit.group',
  /** Config hash, as v0.1 to v0.5 of the original write it, and as we do. */
  configHash: 'infrakit.config_sha',
  /** Config hash, as HEAD of the original writes it. */
  configHashHead: 'infrakit.config.hash',
  /** The key under which an instance was provisioned; a repeated key gives the same instance. */
  provision: 'infrakit.provision',
} as const

/** A config hash that means "not made by a group yet": such an instance is adopted and labelled. */
export const bootstrapHash = 'bootstrap'

/** Whether `tags` holds every pair of `wanted` (AND, as on the wire). */
export function matchesTags(tags: Tags | null | undefined, wanted: Tags | null | undefined): boolean {
  if (!wanted) return true
  return Object.entries(wanted).every(([key, value]) => tags !== null && tags !== undefined && tags[key] === value)
}
