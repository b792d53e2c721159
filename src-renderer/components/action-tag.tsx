import type { Action } from '@shared/contract/decision'
import { ArrowDown, ArrowUp, Minus } from 'lucide-react'

const looks = {
  buy: { Icon: ArrowUp, tone: 'text-gain border-gain/40 bg-gain/10' },
  sell: { Icon: ArrowDown, tone: 'text-loss border-loss/40 bg-loss/10' },
  hold: { Icon: Minus, tone: 'text-still border-edge bg-raised' },
} as const satisfies Record<Action, unknown>

/** Buy, sell or hold: word and icon first, colour second. */
export function ActionTag({ action }: { readonly action: Action }) {
  const { Icon, tone } = looks[action]
  return (
    <span
      className={`inline-flex w-16 shrink-0 items-center gap-1 rounded border px-1.5 text-2xs font-semibold uppercase tracking-wide ${tone}`}
    >
      <Icon aria-hidden className="size-3" strokeWidth={3} />
      {action}
    </span>
  )
}
