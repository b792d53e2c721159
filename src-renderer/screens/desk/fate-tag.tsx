import { Ban, CircleCheckBig, CircleDashed, TimerOff } from 'lucide-react'
import type { Fate } from '../../store/fate'

/** What became of a decision, in one word. */
export function FateTag({ fate }: { readonly fate: Fate }) {
  if (fate.kind === 'nothing_asked') return null
  const { Icon, text, tone } = look(fate)
  return (
    <span className={`inline-flex items-center gap-1 text-2xs whitespace-nowrap ${tone}`}>
      <Icon aria-hidden className="size-3" />
      {text}
    </span>
  )
}

function look(fate: Exclude<Fate, { kind: 'nothing_asked' }>) {
  switch (fate.kind) {
    case 'no_order':
      return { Icon: CircleDashed, text: 'no order', tone: 'text-faint' }
    case 'refused':
      return { Icon: Ban, text: fate.refusal.by === 'risk' ? 'refused' : 'rejected', tone: 'text-warn' }
    case 'accepted':
      return { Icon: CircleDashed, text: 'ordered', tone: 'text-accent' }
    case 'filled':
      return { Icon: CircleCheckBig, text: 'filled', tone: 'text-accent' }
    case 'expired':
      return { Icon: TimerOff, text: 'expired', tone: 'text-warn' }
  }
}
