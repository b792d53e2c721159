interface Props {
  /** A formatted figure with its sign. */
  readonly text: string
  /** What the sign is taken from. */
  readonly value: number
  readonly className?: string
}

/** A gain or a loss, told by sign and arrow as well as by colour. */
export function SignedFigure({ text, value, className = '' }: Props) {
  const tone = value > 0 ? 'text-gain' : value < 0 ? 'text-loss' : 'text-ink'
  return (
    <span className={`whitespace-nowrap ${tone} ${className}`}>
      <span aria-hidden className="mr-1 inline-block w-[0.8em] text-[0.75em]">
        {value > 0 ? '▲' : value < 0 ? '▼' : ''}
      </span>
      {text}
    </span>
  )
}
