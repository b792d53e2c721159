/** What `--venue` may name: recorded candles, Binance itself, or an exchange to practise on that this start opens. */
export const venueWords = ['replay', 'binance', 'practice'] as const

export type VenueWord = (typeof venueWords)[number]
