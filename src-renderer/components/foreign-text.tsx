interface Props {
  readonly text: string
  readonly className?: string
}

/**
 * Text that a model, an exchange or a file wrote. React puts it on the page as characters, never as markup, and the
 * isolation keeps direction marks inside it from turning around what stands beside it.
 */
export function ForeignText({ text, className = '' }: Props) {
  return <bdi className={`[overflow-wrap:anywhere] ${className}`}>{text}</bdi>
}
