import type { Program, ProgramStep } from '../execute/program.ts'
import { kernelOp, type OpSpec } from '../ops/list.ts'
import type { Draw } from '../ops/record.ts'
import { bytes, randomTables, specOf } from '../ops/case.ts'
import { NO_PADS, type Clamp, type Constants, type Pads, type TensorSpec, type Window } from '../ops/spec.ts'
import { windowOutput } from '../ops/window.ts'
import type { Random } from '../statistics/random.ts'
import { elements, sameShape, type Shape } from '../tensor/tensor.ts'

/** The most steps of a program after its first. */
const MOST_STEPS = 12
const MOST_CHANNELS = 24
const MOST_SIZE = 16
/** No step may make a larger image. */
const MOST_ELEMENTS = 20_000

/**
 * An integer program of random ops, shapes and numbers. It quantizes at its beginning and dequantizes at its end. Later
 * steps than the next also read tensors, some of them several times, so storage is shared in any way that liveness
 * permits.
 */
export function randomProgram(random: Random): Program {
  const draft = new Draft(random)
  const steps = 2 + random.below(MOST_STEPS - 1)
  while (draft.steps.length < steps) draft.grow()
  return draft.finished()
}

class Draft {
  readonly tensors: TensorSpec[] = []
  readonly steps: ProgramStep[] = []
  readonly #random: Random
  readonly #draw: Draw

  constructor(random: Random) {
    this.#random = random
    this.#draw = drawFrom(random)
    const shape = [1 + random.below(2), 1 + random.below(MOST_CHANNELS), this.#size(), this.#size()]
    this.tensors.push(specOf('float32', shape))
    this.#add('Normalize', [0], 'int8', shape, {})
  }

  /** Draws an op, and adds it as a step on the last tensor if it fits. */
  grow(): void {
    const at = this.tensors.length - 1
    const { shape } = this.tensors[at]
    if (shape.length === 2) return this.#growFeatures(at, shape)
    const choices = [
      () => this.#conv(at, shape),
      () => this.#conv(at, shape),
      () => this.#depthwise(at, shape),
      () => this.#pool('MaxPool', at, shape),
      () => this.#pool('AveragePool', at, shape),
      () => this.#pair(at, shape),
      () => this.#pair(at, shape),
      () => this.#concat(at, shape),
      () => this.#add('Clip', [at], 'int8', shape, {}),
      () => this.#flatten(at, shape),
    ]
    choices[this.#random.below(choices.length)]()
  }

  finished(): Program {
    const last = this.tensors.length - 1
    this.#add('DequantizeLinear', [last], 'float32', this.tensors[last].shape, {})
    return {
      precision: 'int8',
      batch: this.tensors[0].shape[0],
      tensors: this.tensors,
      names: this.tensors.map((_, i) => `t${i}`),
      inputs: [0],
      fixed: new Map(),
      output: this.tensors.length - 1,
      states: [],
      steps: this.steps,
    }
  }

  #size(): number {
    return 1 + this.#random.below(MOST_SIZE)
  }

  #flip(): boolean {
    return this.#random.below(2) === 1
  }

  #growFeatures(at: number, [batch, features]: Shape): void {
    if (this.#flip()) return this.#pair(at, [batch, features])
    if (this.#flip()) return this.#add('Clip', [at], 'int8', [batch, features], {})
    this.#add('Gemm', [at], 'int8', [batch, 1 + this.#random.below(40)], this.#traits())
  }

  #conv(at: number, shape: Shape): void {
    const side = [1, 3, 3, 5][this.#random.below(4)]
    const group = shape[1] % 2 === 0 && this.#random.below(4) === 0 ? 2 : 1
    const outputs = group * (1 + this.#random.below(MOST_CHANNELS / group))
    this.#slide('Conv', at, shape, outputs, this.#window(side), { group, ...this.#traits() })
  }

  #depthwise(at: number, shape: Shape): void {
    this.#slide('Conv', at, shape, shape[1], this.#window(3), { group: shape[1], ...this.#traits() })
  }

  #pool(op: 'MaxPool' | 'AveragePool', at: number, shape: Shape): void {
    const whole = op === 'AveragePool' && this.#flip()
    const window: Window = whole
      ? { kernel: [shape[2], shape[3]], strides: [1, 1], pads: NO_PADS, dilations: [1, 1] }
      : this.#window(2 + this.#random.below(2))
    this.#slide(
      op,
      at,
      shape,
      shape[1],
      window,
      op === 'AveragePool' ? { countIncludePad: this.#flip() } : {},
    )
  }

  /** A pair with another tensor of the same shape, or with the same tensor. */
  #pair(at: number, shape: Shape): void {
    const others = this.tensors.flatMap((other, i) =>
      other.dtype === 'int8' && sameShape(other.shape, shape) ? [i] : [],
    )
    const op = (['Add', 'Add', 'Mul', 'Sub', 'Max'] as const)[this.#random.below(5)]
    this.#add(op, [at, others[this.#random.below(others.length)]], 'int8', shape, {})
  }

  #concat(at: number, shape: Shape): void {
    const others = this.tensors.flatMap((other, i) =>
      other.dtype === 'int8' && sameShape(other.shape.toSpliced(1, 1), shape.toSpliced(1, 1)) ? [i] : [],
    )
    const other = others[this.#random.below(others.length)]
    const channels = shape[1] + this.tensors[other].shape[1]
    if (channels <= 2 * MOST_CHANNELS)
      this.#add('Concat', [at, other], 'int8', shape.toSpliced(1, 1, channels), { axis: 1 })
  }

  #flatten(at: number, [batch, ...rest]: Shape): void {
    if (elements(rest) <= 600) this.#add('Reshape', [at], 'int8', [batch, elements(rest)], {})
  }

  #window(side: number): Window {
    const stride = 1 + this.#random.below(2)
    // Every window of a pool must reach into the image.
    const pad = this.#flip() ? Math.floor(side / 2) : 0
    const pads: Pads = [pad, pad, pad, this.#flip() ? pad : 0]
    return { kernel: [side, side], strides: [stride, stride], pads, dilations: [1, 1] }
  }

  #slide(
    op: 'Conv' | 'MaxPool' | 'AveragePool',
    at: number,
    shape: Shape,
    channels: number,
    window: Window,
    more: object,
  ): void {
    const [height, width] = windowOutput(window, [shape[2], shape[3]])
    const y = [shape[0], channels, height, width]
    if (height >= 1 && width >= 1 && elements(y) <= MOST_ELEMENTS)
      this.#add(op, [at], 'int8', y, { ...window, ...more })
  }

  #traits(): object {
    const four = this.#random.below(5) === 0
    return { weightZeroPoints: !four && this.#random.below(4) === 0, ...(four && { weightBits: 4 }) }
  }

  #add(
    op: OpSpec['op'],
    inputs: readonly number[],
    dtype: TensorSpec['dtype'],
    shape: Shape,
    more: object,
  ): void {
    const output = specOf(dtype, shape)
    const read = inputs.map((index) => this.tensors[index])
    const spec = { op, inputs: read, output, ...more } as OpSpec
    const constants = this.#varied(kernelOp(spec).instance(spec, this.#draw))
    this.tensors.push(output)
    this.steps.push({
      name: `${this.steps.length} ${op}`,
      spec,
      constants,
      inputs,
      output: this.tensors.length - 1,
    })
  }

  /** Draws another grid for the output, and sometimes an activation. */
  #varied(constants: Constants): Constants {
    if (!('outputZeroPoint' in constants)) return constants
    const outputZeroPoint = this.#random.below(81) - 40
    const clamp: Clamp = this.#flip() ? constants.clamp : [outputZeroPoint, constants.clamp[1]]
    if (!('inverseScale' in constants)) return { ...constants, outputZeroPoint, clamp }
    const scaled = <G extends { readonly scale: number }>(grid: G): G => ({
      ...grid,
      scale: Math.fround(grid.scale * (0.5 + this.#random.uniform())),
    })
    const inverseScale = Math.fround(constants.inverseScale * (0.5 + this.#random.uniform()))
    return {
      ...constants,
      a: scaled(constants.a),
      b: scaled(constants.b),
      inverseScale,
      outputZeroPoint,
      clamp,
    }
  }
}

function drawFrom(random: Random): Draw {
  const between = (lo: number, hi: number): number => lo + random.below(hi - lo + 1)
  return {
    zeroPoints: [between(-60, 60), between(-60, 60)],
    weights: ({ shape }, bound) => bytes(shape, () => between(-bound, bound)),
    bias: () => between(-3000, 3000),
    weightZeroPoint: () => between(-9, 9),
    // Outputs are spread over most of int8, and past its ends.
    multiplier: (products, bound) => Math.fround((0.6 + random.uniform()) / (bound * Math.sqrt(products))),
    tables: (count) => randomTables(random, count),
  }
}
