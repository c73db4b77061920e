export { deploymentSpec as propertiesSchema } from '@infrakit/spi/schemas'
