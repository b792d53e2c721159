import type { Amount } from '../risk/amounts'

/** A quantity of one asset: what may be spent, and what open orders have reserved. */
export interface Balance {
  readonly free: Amount
  readonly locked: Amount
}

export function totalOf(balance: Balance): Amount {
  return balance.free.plus(balance.locked)
}

/** Reserves for an order, or gives back where the quantity is negative; throws where the balance does not cover it. */
export function lock(balance: Balance, quantity: Amount, orderId: string): Balance {
  const moved = { free: balance.free.minus(quantity), locked: balance.locked.plus(quantity) }
  if (moved.free.isNegative() || moved.locked.isNegative())
    throw new Error(`Order ${orderId} is not covered by the balance`)
  return moved
}

/** Takes from what is free; throws where more is spent than there is. */
export function spend(balance: Balance, quantity: Amount, what: string): Balance {
  const free = balance.free.minus(quantity)
  if (free.isNegative()) throw new Error(`More is spent than there is: ${what}`)
  return { ...balance, free }
}
