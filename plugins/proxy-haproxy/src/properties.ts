/** What a route says. It is the same for all proxies. */
export { routeSchema as propertiesSchema } from '@infrakit/spi/schemas'
