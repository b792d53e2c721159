import { type ReactNode, useId } from 'react'

interface Props {
  readonly title: string
  /** Stands at the right end of the head. */
  readonly aside?: ReactNode
  readonly className?: string
  readonly children: ReactNode
}

/** A named region of the screen with a slim head. */
export function Panel({ title, aside, className = '', children }: Props) {
  const titleId = useId()
  return (
    <section
      aria-labelledby={titleId}
      className={`flex min-h-0 min-w-0 flex-col overflow-hidden rounded-md border border-line bg-surface ${className}`}
    >
      <header className="flex h-8 shrink-0 items-center justify-between gap-3 border-b border-line px-3">
        <h2 id={titleId} className="shrink-0 text-xs font-semibold tracking-wide text-soft">
          {title}
        </h2>
        {aside}
      </header>
      {children}
    </section>
  )
}
