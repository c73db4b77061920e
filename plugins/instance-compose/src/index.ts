export { propertiesSchema } from './properties.js'
