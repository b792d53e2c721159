import type { ModelCheck } from '@shared/contract/model-library'
import type { ModelLibrary } from '../../engine/models/library'
import { exitCode, failWith } from '../exit'
import { machineText } from '../machine-text'
import { print, table } from '../output'
import { plainText } from '../plain-text'
import { bytesText } from './figures'

/** Fails when one of the models does not fit, or its download would not. */
export async function checkModel(
  library: ModelLibrary,
  name: string | null,
  options: { json: boolean },
): Promise<number> {
  const checked = await library.check(name)
  if (!checked.ok) return failWith(checked.problem)
  const { machine, checks, failed, plan } = checked.value
  print(options.json, checked.value, () => [
    machineText(machine),
    ...(checks.length + failed.length === 0
      ? ['No slot uses a model of its own; the starter model answers for all.']
      : []),
    ...checks.flatMap((check) => ['', ...checkLines(check)]),
    ...failed.flatMap(({ slot, model, message }) => ['', plainText(`${model} for ${slot}: ${message}`)]),
    ...(checks.length < 2
      ? []
      : [
          '',
          `Loaded together: ${plan.warm.join(', ') || 'none'} (${bytesText(plan.vramBytes + plan.ramBytes)}).`,
          ...(plan.onDemand.length === 0 ? [] : [`Loaded when asked: ${plan.onDemand.join(', ')}.`]),
          ...(plan.tooLarge.length === 0 ? [] : [`Too large for this machine: ${plan.tooLarge.join(', ')}.`]),
        ]),
  ])
  const isWell = failed.length === 0 && checks.every(({ fit, disk }) => fit.fits && disk.enough)
  return isWell ? exitCode.done : exitCode.failed
}

function checkLines({ slot, model, installed, header, fit, disk }: ModelCheck): string[] {
  const { lowTokensPerSecond, highTokensPerSecond, bandwidthGBps, bandwidthFrom } = fit.speed
  const billions = (header.parameters / 1e9).toFixed(1)
  return [
    `${model} for ${slot}: ${fit.fits ? 'fits' : 'DOES NOT FIT'}. ${fit.reason}`,
    ...table([
      ['file', installed ? 'on this machine' : 'still on the hub', bytesText(header.sizeBytes)],
      ['header', `${header.architecture} ${header.quantization}, ${billions} billion weights, ${header.layers} layers`],
      [
        'context',
        `${fit.contextTokens} tokens each, ${fit.sequences} side by side (trained: ${header.trainContextTokens})`,
      ],
      ['GPU layers', `${fit.gpuLayers} of ${fit.totalLayers}`],
      ['memory', `${bytesText(fit.vramBytes)} on the GPU, ${bytesText(fit.ramBytes)} of the machine's`],
      [
        'speed to expect',
        `${lowTokensPerSecond.toFixed(0)} to ${highTokensPerSecond.toFixed(0)} tokens a second (an estimate from ` +
          `${bandwidthGBps.toFixed(0)} GB/s, ${bandwidthFrom === 'device' ? 'the data sheet' : 'assumed'})`,
      ],
      ...(disk.neededBytes === 0
        ? []
        : [['disk', `${bytesText(disk.freeBytes)} free, ${bytesText(disk.neededBytes)} needed in ${disk.folder}`]]),
    ]),
  ].map(plainText)
}
