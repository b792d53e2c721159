import { z } from 'zod'

/**
 * The page's Content-Security-Policy forbids building code from text. zod would try to compile its object parsers
 * that way, so this file must be imported before any schema is made.
 */
z.config({ jitless: true })
