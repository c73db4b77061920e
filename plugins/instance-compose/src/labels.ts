import { containerLabels } from '@infrakit/containers'

export const labels = containerLabels('infrakit.instance-compose')

/** Of which service it is a replica: `shop/app`. */
export const serviceLabel = 'infrakit.instance-compose.service'

/** Labels that Compose gives to all that it makes. */
export const composeLabels = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  oneOff: 'com.docker.compose.oneoff',
} as const
