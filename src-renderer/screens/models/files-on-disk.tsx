import { slotSchema } from '@shared/contract/model'
import type { FoundModelFile, ModelsView } from '@shared/contract/model-library'
import { type FormEvent, useId, useState } from 'react'
import { ForeignText } from '../../components/foreign-text'
import { Panel } from '../../components/panel'
import { slotProfiles } from '../../format/model-names'
import { fileSize } from '../../format/model-words'
import { useModelsSession } from '../../store/desk-context'

/** Model files that lie on this machine already: found where other programs keep theirs, or named by their path. */
export function FilesOnDisk({ view }: { readonly view: ModelsView }) {
  const fresh = view.found.filter(({ path }) => !view.installed.some((model) => model.path === path))
  return (
    <Panel title="Files that are already on this machine">
      <div className="space-y-3 p-3 text-xs">
        <p className="text-soft">
          A GGUF file is used where it lies; nothing is copied. It is read and hashed first, which takes a while for a
          large one.
        </p>
        <ImportForm />
        {fresh.length === 0 ? (
          <p className="text-faint">Nothing else was found in the folders of LM Studio, Jan and Ollama.</p>
        ) : (
          <ul aria-label="Files of other programs" className="divide-y divide-line/60">
            {fresh.map((file) => (
              <FoundFile key={file.path} file={file} />
            ))}
          </ul>
        )}
      </div>
    </Panel>
  )
}

function FoundFile({ file: { program, name, path, sizeBytes } }: { readonly file: FoundModelFile }) {
  const session = useModelsSession()
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1.5">
      <span className="min-w-0 flex-1">
        <ForeignText text={name} className="font-medium" />{' '}
        <span className="text-soft">
          {program}, {fileSize(sizeBytes)}
        </span>
        <ForeignText text={path} className="block text-2xs text-faint" />
      </span>
      <form onSubmit={(event) => void send(event, path, session.importFile)} className="flex items-end gap-2">
        <SeatField />
        <ImportButton label={`Import ${name}`} />
      </form>
    </li>
  )
}

function ImportForm() {
  const session = useModelsSession()
  const id = useId()
  const [path, setPath] = useState('')
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    // A path that was copied in a file manager may stand in quotation marks.
    const whole = path.trim().replace(/^(["'])(.*)\1$/, '$2')
    if (await send(event, whole, session.importFile)) setPath('')
  }
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-wrap items-end gap-2">
      <div className="min-w-0 flex-1 basis-64">
        <label htmlFor={id} className="text-faint">
          Path of a .gguf file
        </label>
        <input
          id={id}
          value={path}
          required
          autoComplete="off"
          spellCheck={false}
          onChange={({ target }) => setPath(target.value)}
          className="mt-1 w-full rounded border border-edge bg-ground px-2 py-1 text-ink"
        />
      </div>
      <SeatField />
      <ImportButton label="Import the file" />
    </form>
  )
}

function SeatField() {
  const id = useId()
  return (
    <div>
      <label htmlFor={id} className="text-faint">
        Seat
      </label>
      <select id={id} name="slot" className="mt-1 block rounded border border-edge bg-ground px-2 py-1 text-ink">
        {slotSchema.options.map((slot) => (
          <option key={slot} value={slot}>
            {slotProfiles[slot].name}
          </option>
        ))}
      </select>
    </div>
  )
}

function ImportButton({ label }: { readonly label: string }) {
  return (
    <button
      type="submit"
      aria-label={label}
      className="rounded border border-edge px-2 py-1 font-medium hover:bg-raised"
    >
      Import
    </button>
  )
}

async function send(
  event: FormEvent<HTMLFormElement>,
  path: string,
  importFile: ReturnType<typeof useModelsSession>['importFile'],
): Promise<boolean> {
  event.preventDefault()
  const slot = slotSchema.safeParse(new FormData(event.currentTarget).get('slot'))
  return slot.success ? importFile(path, slot.data) : false
}
