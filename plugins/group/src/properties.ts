export { groupProperties as propertiesSchema } from '@infrakit/spi/schemas'
