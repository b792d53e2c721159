import type { SymbolRules } from '@shared/contract/exchange-rules'
import { expect, test } from 'vitest'
import { placeOn, type Row, tablesOf } from './story'

const off: Partial<SymbolRules> = {
  tickSize: '0',
  minPrice: '0',
  maxPrice: '0',
  stepSize: '0',
  minQty: '0',
  maxQty: '0',
  marketStepSize: '0',
  marketMinQty: '0',
  marketMaxQty: '0',
  minNotional: '0',
  maxNotional: '0',
  applyMinToMarket: false,
  applyMaxToMarket: false,
  percentPrice: null,
  percentPriceBySide: null,
  maxNumOrders: null,
  maxNumAlgoOrders: null,
  maxPosition: null,
  trailingDelta: null,
  icebergParts: null,
  orderTypes: null,
  status: 'TRADING',
}

/** The figures of a filter's cell, in the order in which they stand. */
function rulesIn(cell: string): Partial<SymbolRules> {
  const [name = '', ...rest] = cell.split(' ')
  const [a = '', b = '', c = '', d = ''] = rest.join(' ').match(/[\d.]+/g) ?? []
  const avgPriceMins = 5
  switch (name) {
    case 'PRICE_FILTER':
      return { minPrice: a, maxPrice: b, tickSize: c }
    case 'PERCENT_PRICE':
      return { percentPrice: { multiplierUp: a, multiplierDown: b, avgPriceMins } }
    case 'PERCENT_PRICE_BY_SIDE':
      return {
        percentPriceBySide: {
          bidMultiplierUp: a,
          bidMultiplierDown: b,
          askMultiplierUp: c,
          askMultiplierDown: d,
          avgPriceMins,
        },
      }
    case 'LOT_SIZE':
      return { minQty: a, maxQty: b, stepSize: c }
    case 'MARKET_LOT_SIZE':
      return { marketMinQty: a, marketMaxQty: b, marketStepSize: c }
    case 'MIN_NOTIONAL':
      return { minNotional: a, applyMinToMarket: true }
    case 'NOTIONAL':
      return { minNotional: a, maxNotional: b }
    case 'ICEBERG_PARTS':
      return { icebergParts: Number(a) }
    case 'MAX_NUM_ORDERS':
      return { maxNumOrders: Number(a) }
    case 'MAX_NUM_ALGO_ORDERS':
      return { maxNumAlgoOrders: Number(a) }
    case 'MAX_POSITION':
      return { maxPosition: a }
    case 'TRAILING_DELTA':
      return { trailingDelta: { minAbove: Number(a), maxAbove: Number(b), minBelow: Number(c), maxBelow: Number(d) } }
    case 'status':
      return { status: rest.join(' ') }
    case 'types':
      return { orderTypes: rest }
    case 'none':
      return {}
    default:
      throw new Error(`The table names an unknown filter: ${cell}`)
  }
}

function answerTo(row: Row): string {
  const event = placeOn(row.has ?? '', row.order ?? '', { ...off, ...rulesIn(row.filter ?? '') })
  return event.type === 'order.refused' ? event.payload.code : 'accepted'
}

for (const { row } of tablesOf('filters.md')) {
  test(`${row.filter}, has ${row.has}: ${row.order} (${row.why})`, () => {
    expect(answerTo(row)).toBe(row.answer)
  })
}
