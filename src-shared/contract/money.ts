import { z } from 'zod'

/**
 * An exact decimal number as text, as money and quantities travel and are stored: plain digits, an optional
 * sign and fraction, no exponent. Arithmetic on it belongs to decimal.js, never to floats.
 */
export const decimalText = z.string().regex(/^-?\d+(\.\d+)?$/, 'must be a plain decimal number such as "12.50"')

export type DecimalText = z.infer<typeof decimalText>
