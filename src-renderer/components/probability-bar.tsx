import type { Action, Probabilities } from '@shared/contract/decision'

const parts = [
  { action: 'buy', label: 'Buy', fill: 'bg-gain' },
  { action: 'sell', label: 'Sell', fill: 'bg-loss' },
  { action: 'hold', label: 'Hold', fill: 'bg-still' },
] as const satisfies readonly { action: Action; label: string; fill: string }[]

/** The distribution over the three actions: a name, a percentage and a bar for each. */
export function ProbabilityBar({ probabilities }: { readonly probabilities: Probabilities }) {
  return (
    <ul aria-label="Probabilities" className="grid grid-cols-3 gap-3 text-2xs">
      {parts.map(({ action, label, fill }) => {
        const share = `${(probabilities[action] * 100).toFixed(0)}%`
        return (
          <li key={action} className="flex items-center gap-1.5">
            <span className="text-soft">
              {label} <span className="inline-block w-[2.4em] text-right text-ink">{share}</span>
            </span>
            <span aria-hidden className="block h-1.5 flex-1 overflow-hidden rounded-full bg-line">
              <span className={`block h-full rounded-full ${fill}`} style={{ width: share }} />
            </span>
          </li>
        )
      })}
    </ul>
  )
}
