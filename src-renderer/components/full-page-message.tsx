import { TriangleAlert } from 'lucide-react'

interface Props {
  readonly title: string
  readonly text: string
  /** What the user can do, in the order in which to try it. */
  readonly advice: readonly string[]
  readonly action: { readonly label: string; run(): void }
}

/** Stands in place of the desk when there is nothing to show: what happened, and what to do. */
export function FullPageMessage({ title, text, advice, action }: Props) {
  return (
    <main className="grid h-full place-items-center p-6">
      <div role="alert" className="max-w-xl rounded-lg border border-edge bg-surface p-6">
        <h1 className="flex items-center gap-2 text-lg font-semibold">
          <TriangleAlert aria-hidden className="size-5 text-warn" />
          {title}
        </h1>
        <p className="mt-3 text-sm text-soft [overflow-wrap:anywhere]">{text}</p>
        <ol className="mt-3 list-decimal space-y-1 pl-5 text-sm">
          {advice.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        <button
          type="button"
          onClick={action.run}
          className="mt-5 rounded bg-accent px-4 py-1.5 text-sm font-semibold text-ground hover:brightness-110"
        >
          {action.label}
        </button>
      </div>
    </main>
  )
}
