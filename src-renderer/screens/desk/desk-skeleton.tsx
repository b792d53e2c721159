/** The desk's outline while it is being read: the window is never blank. */
export function DeskSkeleton() {
  return (
    <main aria-busy="true" className="flex h-full flex-col gap-2 p-2">
      <h1 className="sr-only">Quartet</h1>
      <p role="status" className="sr-only">
        Connecting to the desk’s engine
      </p>
      <Block className="h-12" label="Quartet is connecting to the desk’s engine…" />
      <Block className="h-14" />
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)_25rem] gap-2 xl:grid-cols-[minmax(0,1fr)_30rem]">
        <div className="flex min-h-0 flex-col gap-2">
          <Block className="flex-1" />
          <Block className="h-44" />
        </div>
        <div className="flex min-h-0 flex-col gap-2">
          <Block className="flex-1" />
          <Block className="h-44" />
        </div>
      </div>
    </main>
  )
}

function Block({ className, label = '' }: { readonly className: string; readonly label?: string }) {
  return (
    <div
      aria-hidden
      className={`flex shrink-0 motion-safe:animate-pulse items-center rounded-md border border-line bg-surface px-4 text-sm text-soft ${className}`}
    >
      {label}
    </div>
  )
}
