import type { QuotedHeadline } from '@shared/contract/news'
import type { ReactNode } from 'react'
import { ForeignText } from '../../components/foreign-text'
import {
  count,
  figure,
  milliseconds,
  NO_FIGURE,
  percent,
  price,
  quantity,
  signedMoney,
  signedScore,
} from '../../format/figures'
import { MODEL_PROBABILITY_NOTE, STARTER_PROBABILITY_NOTE } from '../../format/model-names'
import { ageText, MINUTE_MS, marketTime } from '../../format/times'
import type { DecisionRow } from '../../store/desk-picture'
import type { Clock } from '../../store/desk-store'
import type { Fate } from '../../store/fate'
import { contextFigures } from './context-figures'
import { exitPrice } from './positions-table'

interface Props {
  readonly row: DecisionRow
  readonly clock: Clock
}

/** All that the journal knows of a decision: what was known, who was asked, what was answered, what came of it. */
export function DecisionDetail({ row, clock }: Props) {
  const { decision, measurement, fate } = row
  const { model, tokens } = decision
  return (
    <div className="mt-2 space-y-3 pb-1 text-2xs">
      <p className="text-soft">{decision.servedBy === 'starter' ? STARTER_PROBABILITY_NOTE : MODEL_PROBABILITY_NOTE}</p>
      <Group title="What became of it">
        <p className="text-xs">
          <ForeignText text={fateText(fate)} />
        </p>
      </Group>
      <Group title="Route">
        <p className="text-xs">
          <ForeignText text={decision.routeReason} />
        </p>
        <ol className="mt-1 list-decimal pl-4 text-soft">
          {[...decision.hops.entries()].map(([attempt, hop]) => (
            <li key={attempt}>
              {hop.servedBy}: <ForeignText text={hop.outcome} />
              {hop.detail !== '' && (
                <>
                  {', '}
                  <ForeignText text={hop.detail} />
                </>
              )}
            </li>
          ))}
        </ol>
      </Group>
      <Group title="How sure">
        <Facts
          facts={[
            ['Confidence', percent(decision.confidence, 1)],
            ['Calibrated', calibratedText(decision.calibrated)],
            ['Order of options', biasText(decision.orderBias)],
            ['Conviction', amountOrNone(decision.conviction)],
          ]}
        />
      </Group>
      <Group title="Exits">
        <Facts
          facts={[
            ['Stop', exitText(decision.stopLoss, decision.stopAtr)],
            ['Take-profit', exitText(decision.takeProfit, decision.takeProfitAtr)],
            ['Chosen by', exitSources[decision.exitSource]],
          ]}
        />
      </Group>
      <Group title={`What was known at ${marketTime(decision.context.asOfMs, clock)}`}>
        <Facts facts={contextFigures(decision.context)} />
      </Group>
      {decision.context.headlines !== undefined && <Headlines headlines={decision.context.headlines} />}
      <Group title="Who answered">
        <Facts
          facts={[
            ['Backend', model.backend],
            ['Quantization', model.quantization],
            ['llama.cpp', model.llamaCppRelease],
            ['Prompt', model.promptVersion],
            ['Seed', String(model.seed)],
            ['Temperature', String(model.temperature)],
            ['Decided in', milliseconds(measurement?.latencyMs ?? null)],
            ['Rationale in', milliseconds(measurement?.rationaleMs ?? null)],
            ['Tokens', `${count(tokens.input)} in, ${count(tokens.output)} out`],
          ]}
        />
        <dl className="mt-1 space-y-0.5 text-soft">
          <LongFact name="Model SHA-256" text={model.modelHash} />
          <LongFact name="Context SHA-256" text={decision.contextHash} />
          <LongFact name="Decision" text={decision.decisionId} />
        </dl>
      </Group>
    </div>
  )
}

const exitSources = { model: 'the model', rule: 'the desk’s rule', none: 'nobody' } as const

/** By past outcomes; where too few are known, the raw confidence counts. */
function calibratedText(calibrated: DecisionRow['decision']['calibrated']): string {
  if (calibrated === null || calibrated === undefined) return 'too few outcomes'
  return `${percent(calibrated.confidence, 1)} (${calibrated.method}, ${count(calibrated.samples)} outcomes)`
}

function biasText(orderBias: number | null | undefined): string {
  return orderBias === null || orderBias === undefined ? 'one order asked' : `changed it by ${percent(orderBias, 1)}`
}

function amountOrNone(amount: number | null | undefined): string {
  return amount === null || amount === undefined ? 'not asked' : figure(amount)
}

function exitText(exit: string | null, atr: number | null): string {
  return exit === null ? NO_FIGURE : `${exitPrice(exit)}${atr === null ? '' : ` (${figure(atr)} ATR)`}`
}

function fateText(fate: Fate): string {
  switch (fate.kind) {
    case 'nothing_asked':
      return 'A hold: no order was asked for.'
    case 'no_order':
      return 'Neither an order nor a refusal of it is in the activity that this screen holds.'
    case 'refused':
      return `${fate.refusal.by === 'risk' ? 'Refused by the risk limits' : 'Rejected by the exchange'}, ${fate.refusal.code}: ${fate.refusal.message}`
    case 'accepted':
      return `Order accepted: ${fate.order.side} ${quantity(fate.order.qtyBase)}, waiting for the next candle.`
    case 'filled':
      return fate.fills
        .map(
          (fill) =>
            `Filled: ${fill.side} ${quantity(fill.qtyBase)} at ${price(fill.priceQuote)}, fee ${quantity(fill.fee)} ${fill.feeAsset}` +
            (fill.side === 'sell' ? `, realised ${signedMoney(fill.realizedQuote)}.` : '.'),
        )
        .join(' ')
    case 'expired':
      return `Order expired: ${fate.reason}`
  }
}

/** What news a decision could use; models in FinGPT's own form, and the starter, are told the sentiment alone. */
function Headlines({ headlines }: { readonly headlines: readonly QuotedHeadline[] }) {
  return (
    <Group title="Weightiest headlines">
      {headlines.length === 0 && <p className="text-faint">None was known.</p>}
      <ol className="space-y-0.5">
        {headlines.map(({ headlineId, title, source, ageMinutes, score }) => (
          <li key={headlineId}>
            <ForeignText text={title} />{' '}
            <span className="text-faint">
              <ForeignText text={source} />, {ageText(ageMinutes * MINUTE_MS)}, score {signedScore(score)}
            </span>
          </li>
        ))}
      </ol>
    </Group>
  )
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-1 border-b border-line/70 pb-0.5 font-semibold text-faint">{title}</h3>
      {children}
    </section>
  )
}

function Facts({ facts }: { readonly facts: readonly (readonly [name: string, text: string])[] }) {
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-0.5 xl:grid-cols-3">
      {facts.map(([name, text]) => (
        <div key={name} className="flex min-w-0 justify-between gap-2">
          <dt className="truncate text-faint">{name}</dt>
          <dd className="text-right">
            <ForeignText text={text === '' ? NO_FIGURE : text} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function LongFact({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <dt className="inline text-faint">{name} </dt>
      <dd className="inline font-mono break-all">{text === '' ? NO_FIGURE : text}</dd>
    </div>
  )
}
