import { leastDays, leastTrades } from './figures'
import type { Report } from './report'
import { dayText, percentText, shareText } from './report-words'

type Facts = Pick<
  Report,
  'record' | 'days' | 'netReturn' | 'buyAndHold' | 'cutoff' | 'randomEntries' | 'bootstrap' | 'figures'
>

/** From here on, chance is an unlikely explanation of the entries. */
const significance = 0.05

/** What a reader must know before believing a figure, in plain words and without praise. */
export function reportSentences(facts: Facts): string[] {
  return [
    ...sampleSize(facts),
    ...cutoffs(facts),
    againstHolding(facts),
    ...againstChance(facts),
    ...interval(facts),
    costs(facts),
    fills(facts),
    'The drawdown is followed from close to close: between two of them the account may have stood lower.',
    ...openAtTheEnd(facts),
    ...facts.record.assumptions.notes,
    'Annual figures count 365 days; the risk-free rate is 0.',
    'Every trade here is on paper. This is no financial advice, and past prices say little about those to come.',
  ]
}

function sampleSize({ record, days }: Facts): string[] {
  const said: string[] = []
  if (record.trades.length < leastTrades) {
    const closed =
      ['No trade was', 'Only 1 trade was'][record.trades.length] ?? `Only ${record.trades.length} trades were`
    said.push(`${closed} closed: figures about trades are not given below ${leastTrades}.`)
  }
  if (days < leastDays) {
    const spanned = days < 1 ? `${(days * 24).toFixed(1)} hours` : `${days.toFixed(1)} days`
    said.push(`The run spans ${spanned}: figures about time are not given below ${leastDays} days.`)
  }
  if (!record.finished) said.push('The run has not ended: everything here is as of its last candle.')
  return said
}

function cutoffs({ record, cutoff }: Facts): string[] {
  const said = cutoff.models.map(({ name, knowledgeCutoffMs }) => {
    const day = dayText(knowledgeCutoffMs)
    if (record.toMs <= knowledgeCutoffMs) {
      return `Everything in this report lies before the knowledge cutoff of ${name} (${day}): it may remember these prices, and nothing here shows how it does on days it has not seen.`
    }
    if (record.fromMs >= knowledgeCutoffMs) {
      return `Everything in this report lies after the knowledge cutoff of ${name} (${day}).`
    }
    return `The knowledge cutoff of ${name} is ${day}: only what came after it shows judgement rather than memory.`
  })
  if (cutoff.unknown.length > 0) {
    said.push(
      `Nobody says how far the training data of ${cutoff.unknown.join(', ')} reach: it may have seen these prices.`,
    )
  }
  return said
}

function againstHolding({ record, netReturn, buyAndHold }: Facts): string {
  const difference = netReturn - buyAndHold.netReturn
  const amount = shareText(Math.abs(difference), 2)
  const verdict = difference === 0 ? 'the same' : `${amount} of the starting equity ${difference > 0 ? 'more' : 'less'}`
  return `The account made ${percentText(netReturn)} with ${shareText(record.exposure.mean)} of it in the market on average; buying the same symbols at the start and holding them would have made ${percentText(buyAndHold.netReturn)}, costs included: ${verdict}.`
}

function againstChance({ randomEntries }: Facts): string[] {
  if ('missing' in randomEntries) return []
  const { pValue, rounds } = randomEntries.known
  const share = `p = ${pValue.toFixed(3)}, ${rounds} rounds`
  return [
    pValue < significance
      ? `Entries at random moments with the same sizes and holding times seldom did as well (${share}).`
      : `Entries at random moments with the same sizes and holding times did as well too often to call these entries skill (${share}).`,
  ]
}

function interval({ bootstrap }: Facts): string[] {
  if ('missing' in bootstrap || bootstrap.known.netReturn === null) return []
  const { low, high } = bootstrap.known.netReturn
  return [
    `Days like these, drawn again in blocks, made between ${percentText(low)} and ${percentText(high)} in 95 of 100 histories.`,
  ]
}

function costs({ record: { assumptions } }: Facts): string {
  const { takerFeeBps, makerFeeBps, halfSpreadBps, slippageBps } = assumptions
  const fee = makerFeeBps === takerFeeBps ? `${takerFeeBps} bps` : `${takerFeeBps} bps taker, ${makerFeeBps} bps maker`
  return `Assumed costs: a fee of ${fee} on what is received; market orders pay half a spread of ${halfSpreadBps} bps and a slippage of ${slippageBps} bps (1 bps is 0.01 %).`
}

function fills({ record: { assumptions } }: Facts): string {
  const inside =
    assumptions.insideCandles === null ? '' : ` ${assumptions.insideCandles} tell what came first inside a candle.`
  switch (assumptions.fills) {
    case 'candles':
      return `Orders fill at the open of the next candle, and where a candle reached both, the stop counts before the take-profit.${inside}`
    case 'trades':
      return `Orders fill against recorded trades.${inside}`
    case 'book':
      return `Orders fill against the order book as it stood.${inside}`
  }
}

function openAtTheEnd({ record: { openPositions } }: Facts): string[] {
  if (openPositions.length === 0) return []
  const isOne = openPositions.length === 1
  return [
    `${openPositions.length} ${isOne ? 'position is' : 'positions are'} still open at the end: in the equity at the last price, in no figure about trades.`,
  ]
}
