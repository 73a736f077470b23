import type { Node } from '@octet/core'
import type { OnnxData } from '../export/encode.ts'
import { operands, refuse, scalar, type Source } from '../import/source.ts'
import type { NodeOf, OnnxOp, Reading } from './op.ts'

/** Before opset 11, the largest float32 meant that a bound is absent. */
const LARGEST_FLOAT32 = 3.4028234663852886e38

export const clip: OnnxOp<NodeOf<'Clip'>> = {
  read: (source) => {
    operands(source, 1, 3)
    const { attributes, inputs } = source
    if (inputs.slice(1).some((name) => name !== '' && source.constant(name) === undefined))
      return byPairs(source)
    const min = attributes.has('min') ? attributes.bound('min', 0) : scalar(source, 1, 'lower bound')
    const max = attributes.has('max') ? attributes.bound('max', 0) : scalar(source, 2, 'upper bound')
    return bounded(source, inputs[0], min ?? -Infinity, max ?? Infinity)
  },
  write: ({ attributes: { min, max } }) => ({ inputs: { min: bound(min), max: bound(max) } }),
}

/**
 * Computed bounds: the maximum of the tensor and the lower bound, then the minimum of the result and the upper bound.
 */
function byPairs(source: Source): Reading {
  const { name, inputs, output } = source
  const [x] = inputs
  const [low, high] = [1, 2].map((index) => boundAt(source, index))
  const held = low === '' ? x : high === '' ? output : source.freshTensor(`${output}.raised`)
  const raised: Node = {
    op: 'Max',
    name: high === '' ? name : source.freshNode(`${name}.raised`),
    inputs: [x, low],
    output: held,
    attributes: null,
  }
  const lowered: Node = { op: 'Min', name, inputs: [held, high], output, attributes: null }
  return { nodes: [...(low === '' ? [] : [raised]), ...(high === '' ? [] : [lowered])] }
}

/** The bound at one place of the inputs. Empty for a constant that is infinite. */
function boundAt(source: Source, index: number): string {
  const name = source.inputs[index] ?? ''
  const held = name === '' ? undefined : source.constant(name)
  const isOpen =
    held?.kind === 'float' && held.tensor.data.every((value) => Math.abs(value) >= LARGEST_FLOAT32)
  return isOpen ? '' : name
}

function bounded(source: Source, input: string, low: number, high: number): Reading {
  const min = low <= -LARGEST_FLOAT32 ? -Infinity : low
  const max = high >= LARGEST_FLOAT32 ? Infinity : high
  if (!(min <= max) || min === Infinity || max === -Infinity)
    refuse(
      source,
      `bounds [${min}, ${max}] contain no finite number`,
      'export it with a lower bound below the upper bound',
    )
  const { name, output } = source
  return { nodes: [{ name, op: 'Clip', inputs: [input], output, attributes: { min, max } }] }
}

/** An infinite bound is an absent input. */
function bound(value: number): OnnxData | undefined {
  return Number.isFinite(value) ? { dtype: 'float32', shape: [], data: Float32Array.of(value) } : undefined
}
