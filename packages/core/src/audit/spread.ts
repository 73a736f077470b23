import type { Clamp } from '../kernel/spec.ts'
import type { Layer, Model } from '../model/layers.ts'

/** What may be among a tensor's values that should not. */
export interface Taint {
  readonly plus: boolean
  readonly minus: boolean
  readonly nan: boolean
}

/** Where infinities go that arise in one tensor. */
export interface Spread {
  /** Whether the model's output may hold an infinity or NaN because of them. */
  readonly reachesOutput: boolean
  /** Names of the layers behind which nothing of them is left. */
  readonly absorbedBy: readonly string[]
}

const CLEAN: Taint = { plus: false, minus: false, nan: false }
const ALL: Taint = { plus: true, minus: true, nan: true }

/** Follows infinities from a tensor through the layers that read it, as IEEE 754 arithmetic carries them. */
export function spreadFrom(model: Model, tensor: string, taint: Taint): Spread {
  const held = new Map([[tensor, taint]])
  const absorbedBy: string[] = []
  for (const layer of model.layers) {
    // What arises in a layer's own output is there already.
    if (layer.output === tensor) continue
    const inputs = layer.inputs.map((name) => held.get(name) ?? CLEAN)
    if (inputs.every(isClean)) continue
    const output = clamped(through(layer, inputs), layer.clamp)
    if (isClean(output)) absorbedBy.push(layer.name)
    else held.set(layer.output, output)
  }
  return { reachesOutput: held.has(model.graph.output), absorbedBy }
}

function through({ node }: Layer, inputs: readonly Taint[]): Taint {
  const [x] = inputs
  switch (node.op) {
    case 'Conv':
    case 'Gemm':
    case 'MatMul':
      // Weights of both signs and zeros: infinities of both signs, and NaN from 0 * infinity.
      return ALL
    case 'Add':
    case 'AveragePool':
    case 'GlobalAveragePool':
      return summed(inputs)
    case 'Mul':
    case 'HardSwish':
      // Signs may meet any other, and zeros make NaN.
      return ALL
    case 'Concat':
      return {
        plus: inputs.some((one) => one.plus),
        minus: inputs.some((one) => one.minus),
        nan: inputs.some((one) => one.nan),
      }
    case 'Sigmoid':
    case 'HardSigmoid':
      return { ...CLEAN, nan: x.nan }
    case 'Relu':
    case 'Clip':
    case 'MaxPool':
    case 'Flatten':
    case 'Reshape':
      return x
    case 'Softmax':
      // exp(x - max): -infinity becomes 0, +infinity is infinity less infinity.
      return x.plus || x.nan ? { ...CLEAN, nan: true } : CLEAN
  }
}

function summed(inputs: readonly Taint[]): Taint {
  const plus = inputs.some((one) => one.plus)
  const minus = inputs.some((one) => one.minus)
  return { plus, minus, nan: (plus && minus) || inputs.some((one) => one.nan) }
}

function clamped({ plus, minus, nan }: Taint, [lo, hi]: Clamp): Taint {
  return { plus: plus && hi === Infinity, minus: minus && lo === -Infinity, nan }
}

function isClean({ plus, minus, nan }: Taint): boolean {
  return !plus && !minus && !nan
}
