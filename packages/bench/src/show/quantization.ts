import type { Target } from '@octet/onnx'
import type { LayerAccount } from '../quantize/account.ts'
import type { Judgement } from '../quantize/judge.ts'
import type { Written } from '../quantize/file.ts'
import { bytes, decibels, percent, significant } from './number.ts'
import { lines } from './lines.ts'
import { type Column, render } from './rows.ts'

/** Why a file does not get smaller. */
const MORE_BYTES = 'grids and nodes add more bytes than the weights save'

/** The result of quantizing a model, for the text below. */
export interface Outcome {
  readonly name: string
  readonly sourceBytes: number
  readonly written: Written
  readonly layers: readonly LayerAccount[]
  readonly judgement: Judgement
  /** The type in which the target stores 4-bit weights. */
  readonly weights4: Target['weights4']
  readonly certificate?: { readonly path: string; readonly vectors: number; readonly tensors: number }
}

/** The account of a quantized file as text: layer by layer, then the whole. */
export function quantizationInWords({
  name,
  sourceBytes,
  written,
  layers,
  judgement,
  weights4,
  certificate,
}: Outcome): string {
  const whole = written.bytes + (written.weights?.bytes ?? 0)
  const fours = layers.filter(({ weights, precision }) => precision === 'int8' && weights?.bits === 4)
  return [
    render(COLUMNS, layers),
    lines([
      `${name}: ${judgementInWords(judgement)}`,
      `${bytes(sourceBytes)} before, ${bytes(whole)} ` +
        `after${whole < sourceBytes ? ` (${significant(sourceBytes / whole)} times smaller)` : `: ${MORE_BYTES}`}`,
      ...(fours.length > 0 && weights4 === 'int8'
        ? [
            `the 4-bit weights of ${fours.length} layers are stored a byte each, in [-7, 7], as this ` +
              'target computes with',
          ]
        : []),
      `${written.path}${written.weights ? ` with its weights in ${written.weights.path}` : ''}`,
      ...(certificate
        ? [
            `${certificate.path} holds ${certificate.tensors} inner tensors and the output for ` +
              `${certificate.vectors === 1 ? '1 input' : `${certificate.vectors} inputs`}: octet verify ` +
              written.path,
          ]
        : []),
    ]),
  ].join('\n\n')
}

/** Fidelity as a sentence. Without labels, the answer of an output is only the index of its largest number. */
function judgementInWords({ sqnrDb, agreement, samples, of, labelled }: Judgement): string {
  const on = `${samples} ${of} ${samples === 1 ? 'sample' : 'samples'}`
  const distance = sqnrDb === null ? "equals FP32's" : `is ${decibels(sqnrDb)} from FP32's`
  if (agreement === undefined) return `the output ${distance} on ${on}`
  const alike = labelled ? 'both answer alike' : 'both have their largest number at the same index'
  return `the output ${distance} on ${on}, and ${alike} on ${Math.round(agreement * samples)} of them`
}

const COLUMNS: readonly Column<LayerAccount>[] = [
  ['layer', 'left', ({ layer }) => layer],
  ['op', 'left', ({ op }) => op],
  ['in', 'left', ({ precision }) => precision.toUpperCase()],
  ['weights', 'left', ({ weights }) => (weights ? weightsInWords(weights) : '')],
  ['strategy', 'left', ({ activations }) => activations?.strategy ?? ''],
  [
    'range',
    'right',
    ({ activations }) => (activations ? `[${short(activations.lo)}, ${short(activations.hi)}]` : ''),
  ],
  ['SQNR', 'right', ({ activations }) => (activations ? decibels(activations.sqnrDb) : '')],
  ['clipped', 'right', ({ activations }) => (activations ? percent(activations.clipped) : '')],
]

function weightsInWords({ bits, scales, sqnrDb }: NonNullable<LayerAccount['weights']>): string {
  if (scales === 0) return `${bits} bits`
  return `${bits} bits, ${scales === 1 ? '1 scale' : `${scales} scales`}, ${decibels(sqnrDb)}`
}

function short(value: number): string {
  return `${Number(value.toPrecision(4))}`
}
