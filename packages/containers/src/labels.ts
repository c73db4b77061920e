/** The labels by which a plugin knows its containers. They never change: containers outlive releases of the plugin. */
export interface ContainerLabels {
  /** The one by which the engine is asked for a plugin's containers; its value says which plugin. */
  readonly owner: string
  /** The tags that it was made with, as JSON: an image's labels are labels of its containers, and no tags. */
  readonly tags: string
  readonly logicalID: string
  /** Which intent it was made for; see `Intents`. */
  readonly intent: string
  /** Ports of the host that it keeps, also while it is stopped and the engine's list says nothing of them: `20001,20002`. */
  readonly ports: string
  /** How its engine restarts it by itself; not there when it never does. */
  readonly restart: string
  /** Whose job it runs: by it they are found and removed when the plugin was killed while one ran. */
  readonly job: string
}

/** @param prefix of the kind of plugin: `infrakit.instance-docker` */
export function containerLabels(prefix: string): ContainerLabels {
  return {
    owner: prefix,
    tags: `${prefix}.tags`,
    logicalID: `${prefix}.logical-id`,
    intent: `${prefix}.intent`,
    ports: `${prefix}.ports`,
    restart: `${prefix}.restart`,
    job: `${prefix}.job`,
  }
}

/** What makes a container an instance. */
export interface Identity {
  readonly owner: string
  /** Not for what is no instance. */
  readonly intent?: string
  readonly tags: Readonly<Record<string, string>>
  readonly logicalID: string | undefined
  /** Ports of the host that it is published at. */
  readonly hostPorts: readonly number[]
  /** Name of its restart policy. */
  readonly restart: string | undefined
}

/** The labels that say it. */
export function identityLabels(labels: ContainerLabels, identity: Identity): Record<string, string> {
  const { owner, intent, tags, logicalID, hostPorts, restart } = identity
  return {
    [labels.owner]: owner,
    [labels.tags]: JSON.stringify(tags),
    ...(intent === undefined ? {} : { [labels.intent]: intent }),
    ...(logicalID === undefined ? {} : { [labels.logicalID]: logicalID }),
    ...(hostPorts.length > 0 ? { [labels.ports]: hostPorts.join(',') } : {}),
    ...(restart === undefined || restart === '' || restart === 'no' ? {} : { [labels.restart]: restart }),
  }
}
