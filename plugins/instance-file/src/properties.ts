import { z } from 'zod'

/** Any JSON: the plugin keeps it in the instance's file and makes nothing of it. */
export const propertiesSchema = z.unknown().describe('Whatever is to be kept in the file of each instance')
