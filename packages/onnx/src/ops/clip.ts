import type { OnnxData } from '../export/encode.ts'
import { operands, refuse, scalar, type Source } from '../import/source.ts'
import type { NodeOf, OnnxOp, Reading } from './op.ts'

/** Before opset 11 an absent bound was written as the largest float32. */
const LARGEST_FLOAT32 = 3.4028234663852886e38

export const clip: OnnxOp<NodeOf<'Clip'>> = {
  read: (source) => {
    operands(source, 1, 3)
    const { attributes } = source
    const min = attributes.has('min') ? attributes.bound('min', 0) : scalar(source, 1, 'lower bound')
    const max = attributes.has('max') ? attributes.bound('max', 0) : scalar(source, 2, 'upper bound')
    return bounded(source, source.inputs[0], min ?? -Infinity, max ?? Infinity)
  },
  write: ({ attributes: { min, max } }) => ({ inputs: { min: bound(min), max: bound(max) } }),
}

function bounded(source: Source, input: string, low: number, high: number): Reading {
  const min = low <= -LARGEST_FLOAT32 ? -Infinity : low
  const max = high >= LARGEST_FLOAT32 ? Infinity : high
  if (!(min <= max) || min === Infinity || max === -Infinity)
    refuse(
      source,
      `bounds [${min}, ${max}] hold nothing finite`,
      'export it with a lower bound below the upper one',
    )
  const { name, output } = source
  return { nodes: [{ name, op: 'Clip', inputs: [input], output, attributes: { min, max } }] }
}

/** An infinite bound is an absent input. */
function bound(value: number): OnnxData | undefined {
  return Number.isFinite(value) ? { dtype: 'float32', shape: [], data: Float32Array.of(value) } : undefined
}
