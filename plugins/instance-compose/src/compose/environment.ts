/** Settings of Compose itself that would make it do something else than it is told. */
const ownSettings = /^COMPOSE_/

/**
 * The environment in which Compose runs: that of the plugin without settings of Compose, and what the properties add.
 *
 * @param host address of an engine that was given to the plugin
 */
export function composeEnvironment(
  env: NodeJS.ProcessEnv,
  added: Readonly<Record<string, string>>,
  host: string | undefined,
): Record<string, string> {
  const kept = Object.entries(env).filter(([name, value]) => value !== undefined && !ownSettings.test(name))
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    ...added,
    ...(host === undefined ? {} : { DOCKER_HOST: host }),
    // The generated project has one service: all others of the project would be called orphans, or worse.
    COMPOSE_IGNORE_ORPHANS: 'true',
    COMPOSE_REMOVE_ORPHANS: 'false',
    COMPOSE_MENU: 'false',
  }
}
