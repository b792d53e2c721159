import type { ReactNode } from 'react'

interface Props {
  readonly onPress: () => void
  /** `main` for what is usually wanted, `grave` for what takes something away. */
  readonly tone?: 'plain' | 'main' | 'grave'
  readonly disabled?: boolean
  /** What a screen reader says where the words on the button need their surroundings. */
  readonly label?: string
  readonly children: ReactNode
}

const tones = {
  plain: 'border-edge hover:bg-raised',
  main: 'border-accent/70 bg-accent/15 text-accent hover:bg-accent/25',
  grave: 'border-loss/60 text-loss hover:bg-loss/15',
} as const

/** A button in a line of text or facts. */
export function SmallButton({ onPress, tone = 'plain', disabled = false, label, children }: Props) {
  return (
    <button
      type="button"
      onClick={onPress}
      disabled={disabled}
      aria-label={label}
      className={`rounded border px-2 py-0.5 text-xs font-medium whitespace-nowrap disabled:opacity-50 ${tones[tone]}`}
    >
      {children}
    </button>
  )
}
