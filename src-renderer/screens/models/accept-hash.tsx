import { sha256Schema } from '@shared/contract/catalogue'
import { type FormEvent, useId, useState } from 'react'
import { useModelsSession } from '../../store/desk-context'

/** Another file than the catalogue's is taken only by somebody who names its hash. */
export function AcceptHash({ model }: { readonly model: string }) {
  const session = useModelsSession()
  const id = useId()
  const [trouble, setTrouble] = useState('')
  const send = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const typed = new FormData(event.currentTarget).get('sha256')
    const hash = sha256Schema.safeParse(typeof typed === 'string' ? typed.trim().toLowerCase() : '')
    setTrouble(hash.success ? '' : 'A SHA-256 has 64 hex digits.')
    if (hash.success) void session.pull(model, { licence: null, sha256: hash.data })
  }
  return (
    <form onSubmit={send} className="mt-2 space-y-1 text-soft">
      <label htmlFor={id}>
        To take another file knowingly, write the SHA-256 that its publisher names. Whoever else offers a file under
        this name could have changed it.
      </label>
      <div className="flex flex-wrap gap-2">
        <input
          id={id}
          name="sha256"
          autoComplete="off"
          spellCheck={false}
          className="min-w-0 flex-1 rounded border border-edge bg-ground px-2 py-1 font-mono text-2xs text-ink"
        />
        <button type="submit" className="rounded border border-edge px-2 py-0.5 font-medium text-ink hover:bg-raised">
          Accept and go on
        </button>
      </div>
      <p aria-live="assertive" className="text-warn">
        {trouble}
      </p>
    </form>
  )
}
