/** The key that does the same as the button it stands in. */
export function KeyCap({ children }: { readonly children: string }) {
  return (
    <kbd
      aria-hidden
      className="rounded border border-current/30 px-1 font-mono text-[0.625rem] leading-4 font-normal opacity-80"
    >
      {children}
    </kbd>
  )
}
