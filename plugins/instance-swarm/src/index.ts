export { propertiesSchema, readProperties } from './properties.js'
