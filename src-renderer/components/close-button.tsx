/** Ends a dialog that asks nothing. */
export function CloseButton({ onClose }: { readonly onClose: () => void }) {
  return (
    <div className="mt-5 text-right">
      <button
        type="button"
        onClick={onClose}
        className="rounded border border-edge px-4 py-1.5 text-sm font-medium hover:bg-raised"
      >
        Close
      </button>
    </div>
  )
}
