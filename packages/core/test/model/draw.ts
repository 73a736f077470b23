import { NO_PADS } from '../../src/ops/spec.ts'
import type { Graph } from '../../src/model/graph.ts'
import type { Node } from '../../src/ops/list.ts'
import { outputShape } from '../../src/model/shapes.ts'
import { elements, tensor, type Shape, type Tensor } from '../../src/tensor/tensor.ts'

/** Samples that a drawn graph is computed for. */
export const BATCH = 3

/** A whole number from 0 up to below the given one. */
export type Draw = (below: number) => number

interface Drawn {
  readonly graph: Graph
  /** Whether something in it may be refused: a constant that widens, differs by position, or holds for one batch. */
  readonly refusable: boolean
}

/**
 * A small graph in which constants are shared between nodes of all kinds, named as rewrites name what they make, and
 * of any shape that broadcasts; some nodes are dead.
 */
export function drawGraph(draw: Draw): Drawn {
  const sketch = new Sketch(draw)
  const count = 1 + draw(8)
  for (let i = 0; i < count; i++) sketch.addNode()
  return sketch
}

class Sketch implements Drawn {
  refusable = false
  readonly #draw: Draw
  readonly #input: Shape
  readonly #nodes: Node[] = []
  readonly #initializers = new Map<string, Tensor<'float32'>>()
  /** Shapes of activations for a batch. */
  readonly #shapes = new Map<string, Shape>()
  /** Shapes of tensors that no node is drawn for. */
  readonly #passing = new Map<string, Shape>()
  readonly #names = new Set(['x'])

  constructor(draw: Draw) {
    this.#draw = draw
    this.#input = this.#pick<Shape>([[3, 4, 4], [1, 3, 3], [2, 1, 1], [5], [1]])
    this.#shapes.set('x', [BATCH, ...this.#input])
  }

  get graph(): Graph {
    return {
      name: 'drawn',
      inputs: [{ name: 'x', shape: this.#input }],
      output: this.#nodes.at(-1)!.output,
      nodes: this.#nodes,
      initializers: this.#initializers,
    }
  }

  addNode(): void {
    const [input, shape] = this.#pick([...this.#shapes])
    const steps = shape.length === 4 ? IMAGE_STEPS : ROW_STEPS
    this[this.#pick(steps)](input, shape)
  }

  conv(input: string, [, channels]: Shape): void {
    const group = this.#pick([1, channels])
    const outputs = group === 1 ? 1 + this.#draw(4) : channels
    const kernel = this.#pick([1, 3])
    const pad = (kernel - 1) / 2
    const weight = this.#constant([outputs, channels / group, kernel, kernel])
    const bias = this.#pick([[], [this.#constant([outputs])]])
    this.#add([input, weight, ...bias], {
      op: 'Conv',
      attributes: {
        kernel: [kernel, kernel],
        strides: [1, 1],
        pads: [pad, pad, pad, pad],
        dilations: [1, 1],
        group,
      },
    })
  }

  gemm(input: string, [, inner]: Shape): void {
    const outputs = 1 + this.#draw(4)
    const transB = this.#draw(2) === 1
    const weight = this.#constant(transB ? [outputs, inner] : [inner, outputs])
    const shapes: Shape[] = [[], [1], [outputs], [1, outputs], [1, 1], [BATCH, 1], [BATCH, outputs]]
    const at = this.#draw(shapes.length + 1)
    this.refusable ||= at === 5 || at === 6
    const bias = at === shapes.length ? [] : [this.#constant(shapes[at])]
    const attributes = { alpha: this.#pick([1, 0.5]), beta: this.#pick([1, -2]), transA: false, transB }
    this.#add([input, weight, ...bias], { op: 'Gemm', attributes })
  }

  matMul(input: string, [, inner]: Shape): void {
    this.#add([input, this.#constant([inner, 1 + this.#draw(4)])], { op: 'MatMul', attributes: null })
  }

  normalize(input: string, [, channels]: Shape): void {
    const parts = [0, 1, 2].map(() => this.#constant([channels]))
    this.#add([input, ...parts, this.#constant([channels], 'positive')], {
      op: 'BatchNormalization',
      attributes: { epsilon: this.#pick([0, 1e-3]) },
    })
  }

  scaleOrShift(input: string, shape: Shape): void {
    const [, channels, ...rest] = shape
    const ones = rest.map(() => 1)
    const shapes: Shape[] = [
      [],
      [1],
      [channels, ...ones],
      [1, channels, ...ones],
      [1, 1, ...ones],
      // The ones that may be refused.
      [1, 1, ...shape.map(() => 1)],
      shape.slice(1),
      shape.slice(1).map((size) => (size === 1 ? 3 : size)),
      [channels],
      [BATCH, 1, ...ones],
    ]
    let at = this.#draw(shapes.length)
    // Sizes that meet neither 1 nor each other are not ONNX.
    const fits = (a: Shape): boolean =>
      a.toReversed().every((size, i) => {
        const other = shape.at(-1 - i) ?? 1
        return size === other || size === 1 || other === 1
      })
    if (!fits(shapes[at])) at = 0
    this.refusable ||= at >= 5
    const constant = this.#constant(shapes[at])
    this.#add(
      this.#pick([
        [input, constant],
        [constant, input],
      ]),
      {
        op: this.#pick(['Add', 'Sub', 'Mul', 'Min', 'Max']),
        attributes: null,
      },
    )
  }

  join(input: string, shape: Shape): void {
    const same = [...this.#shapes].filter(([, other]) => other.join() === shape.join())
    const [other] = this.#pick(same)
    this.#add(
      [input, other],
      this.#pick([
        { op: 'Add', attributes: null },
        { op: 'Mul', attributes: null },
        { op: 'Sub', attributes: null },
        { op: 'Max', attributes: null },
        { op: 'Concat', attributes: { axis: 1 } },
      ]),
    )
  }

  gate(input: string): void {
    const gate = this.#add([input], {
      op: 'HardSigmoid',
      attributes: { alpha: this.#pick([Math.fround(1 / 6), 0.25]), beta: 0.5 },
    })
    this.#add(
      this.#pick([
        [input, gate],
        [gate, input],
      ]),
      { op: 'Mul', attributes: null },
    )
  }

  plain(input: string): void {
    this.#add(
      [input],
      this.#pick([
        { op: 'Relu', attributes: null },
        { op: 'Clip', attributes: { min: -0.5, max: 0.75 } },
        { op: 'Sigmoid', attributes: null },
      ]),
    )
  }

  pool(input: string, [, , height, width]: Shape): void {
    if (height < 2 || width < 2) return this.plain(input)
    const window = { kernel: [2, 2], strides: [1, 1], pads: NO_PADS, dilations: [1, 1] } as const
    this.#add(
      [input],
      this.#pick([
        { op: 'MaxPool', attributes: { ...window, ceilMode: false } },
        { op: 'AveragePool', attributes: { ...window, ceilMode: false, countIncludePad: true } },
        { op: 'GlobalAveragePool', attributes: null },
      ]),
    )
  }

  flatten(input: string): void {
    this.#add(
      [input],
      this.#pick([
        { op: 'Flatten', attributes: { axis: 1 } },
        { op: 'Reshape', attributes: { shape: [0, -1] } },
      ]),
    )
  }

  /** Axes in another order, often until another Transpose behind a node or two. */
  turn(input: string): void {
    const there = this.#pick([
      [0, 2, 3, 1],
      [0, 3, 1, 2],
      [0, 1, 3, 2],
    ])
    const between = this.#pick(['plain', 'scaleOrShift', 'join', 'pad'] as const)
    const turned = this.#add([input], { op: 'Transpose', attributes: { perm: there } })
    if (this.#draw(4) === 0) return
    this[between](turned, this.#shapes.get(turned)!)
    const back = there.map((_, axis) => there.indexOf(axis))
    const last = this.#nodes.at(-1)!.output
    if (this.#shapes.get(last)?.length === 4)
      this.#add([last], { op: 'Transpose', attributes: { perm: this.#pick([back, there]) } })
  }

  /** Rows and columns on either side, often before a window. */
  pad(input: string, [, channels]: Shape): void {
    const pads = this.#pick([
      [0, 0, 1, 1, 0, 0, 1, 1],
      [0, 0, 0, 0, 0, 0, 1, 2],
      [0, 1, 0, 0, 0, -1, 0, 1],
    ])
    const value = this.#pick([0, 0, 0.5])
    const relu = this.#draw(2) === 1 ? this.#add([input], { op: 'Relu', attributes: null }) : input
    const padded = this.#add([relu], { op: 'Pad', attributes: { mode: 'constant', pads, value } })
    const shape = this.#shapes.get(padded)!
    if (this.#draw(2) === 1) this.pool(padded, shape)
    else if (shape[1] === channels) this.conv(padded, shape)
  }

  shuffle(input: string, [, channels, ...image]: Shape): void {
    if (channels % 2 !== 0) return this.turn(input)
    const split = this.#add([input], { op: 'Reshape', attributes: { shape: [0, 2, -1, ...image] } })
    const turned = this.#add([split], { op: 'Transpose', attributes: { perm: [0, 2, 1, 3, 4] } })
    this.#add([turned], { op: 'Reshape', attributes: { shape: [0, -1, ...image] } })
  }

  softmax(input: string, shape: Shape): void {
    const axis = 1 + shape.slice(1).findIndex((size) => size === elements(shape.slice(1)))
    if (axis === 0) return this.flatten(input)
    const output = this.#add([input], { op: 'Softmax', attributes: { axis } })
    if (shape.length === 4 && this.#draw(2) === 1) this.flatten(output)
  }

  #add(inputs: string[], rest: Pick<Node, 'op' | 'attributes'>): string {
    const index = this.#nodes.length
    const output = this.#fresh(`v${index}`)
    const name = this.#pick([`n${index}`, `n${this.#draw(4)}`, this.#pick([...this.#names])])
    const node = { ...rest, name, inputs, output } as Node
    this.#nodes.push(node)
    const shape = outputShape(
      node,
      inputs.map(
        (input) =>
          this.#shapes.get(input) ?? this.#passing.get(input) ?? this.#initializers.get(input)!.shape,
      ),
    )
    // What lost the batch is read by nothing more, and what is of rank 5 by the next node alone.
    const any = shape[0] === BATCH && (shape.length === 2 || shape.length === 4)
    ;(any ? this.#shapes : this.#passing).set(output, shape)
    return output
  }

  /** One that is there already, where chance and shape have it so, or a new one. */
  #constant(shape: Shape, kind: 'any' | 'positive' = 'any'): string {
    const fits = (data: Float32Array): boolean => kind === 'any' || data.every((value) => value >= 0.25)
    const known = [...this.#initializers].filter(
      ([, held]) => held.shape.join() === shape.join() && fits(held.data),
    )
    if (known.length > 0 && this.#draw(3) > 0) return this.#pick(known)[0]
    const name = this.#fresh('c')
    const data = Float32Array.from({ length: elements(shape) }, () =>
      kind === 'positive' ? (32 + this.#draw(64)) / 64 : (this.#draw(128) - 64) / 64,
    )
    this.#initializers.set(name, tensor('float32', shape, data))
    return name
  }

  /** A tensor's name, often one that a rewrite would like to give. */
  #fresh(plain: string): string {
    const node = `n${this.#draw(4)}`
    const other = this.#pick([...this.#names])
    const wanted = this.#pick([
      plain,
      `${node}.weight`,
      `${node}.bias`,
      `${other}.image`,
      `${other}.flat`,
      node,
    ])
    let name = wanted
    for (let i = 2; this.#names.has(name); i++) name = `${wanted}_${i}`
    this.#names.add(name)
    return name
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#draw(from.length)]
  }
}

const IMAGE_STEPS = [
  'conv',
  'conv',
  'normalize',
  'scaleOrShift',
  'scaleOrShift',
  'join',
  'gate',
  'plain',
  'pool',
  'turn',
  'pad',
  'shuffle',
  'flatten',
  'softmax',
] as const
const ROW_STEPS = [
  'gemm',
  'gemm',
  'matMul',
  'normalize',
  'scaleOrShift',
  'scaleOrShift',
  'join',
  'gate',
  'plain',
  'softmax',
] as const
