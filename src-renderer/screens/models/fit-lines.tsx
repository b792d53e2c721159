import { ForeignText } from '../../components/foreign-text'
import { fitSentences } from '../../format/model-words'
import { useModels } from '../../store/desk-context'

/** Whether a model fits this machine and its disk, as far as that was asked. */
export function FitLines({ model }: { readonly model: string }) {
  const judged = useModels((state) => state.fits.get(model))
  return (
    <div aria-live="polite" className="empty:hidden">
      {judged === null && <p className="text-soft">Reading its header from the hub, and measuring the machine …</p>}
      {judged?.ok === false && <ForeignText text={judged.problem.message} className="text-warn" />}
      {judged?.ok === true &&
        judged.value.checks.map((check) => (
          <p key={check.model} className={check.fit.fits && check.disk.enough ? 'text-soft' : 'text-warn'}>
            <ForeignText text={fitSentences(check).join(' ')} />
          </p>
        ))}
    </div>
  )
}
