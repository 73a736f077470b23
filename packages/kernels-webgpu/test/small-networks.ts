import { elements, type Graph, type Node, type Shape, tensor, type Tensor } from '@octet/core'
import { Random } from '@octet/core/statistics'

/** A network of some layers with random weights, of the shapes of one that is used on small devices. */
class Layers {
  readonly #random = new Random(3)
  readonly #nodes: Node[] = []
  readonly #initializers = new Map<string, Tensor<'float32'>>()

  conv(input: string, [outputs, inputs]: readonly [number, number], window: Partial<Window> = {}): string {
    const { kernel = [3, 3], stride = 1, pads = [1, 1, 1, 1], group = 1 } = window
    const weight = this.#constant([outputs, inputs / group, ...kernel])
    return this.add('Conv', [input, weight, this.#constant([outputs])], {
      kernel,
      strides: [stride, stride],
      pads,
      dilations: [1, 1],
      group,
    })
  }

  add(op: Node['op'], inputs: readonly string[], attributes: object | null = null): string {
    const name = `${op}_${this.#nodes.length}`
    this.#nodes.push({ op, name, inputs, output: `${name}.y`, attributes } as Node)
    return `${name}.y`
  }

  /** The mean of each channel, a dense layer and the Softmax of its outputs. */
  end(input: string, channels: number, classes: number, shape: Shape): Graph {
    const flat = this.add('Flatten', [this.add('GlobalAveragePool', [input])], { axis: 1 })
    const dense = [flat, this.#constant([classes, channels]), this.#constant([classes])]
    const logits = this.add('Gemm', dense, { alpha: 1, beta: 1, transA: false, transB: true })
    return {
      name: 'network',
      inputs: [{ name: 'x', shape }],
      output: this.add('Softmax', [logits], { axis: -1 }),
      nodes: this.#nodes,
      initializers: this.#initializers,
    }
  }

  #constant(shape: Shape): string {
    const name = `w${this.#initializers.size}`
    const reach = 1.7 / Math.sqrt(elements(shape.slice(1)))
    const data = Float32Array.from(
      { length: elements(shape) },
      () => (2 * this.#random.uniform() - 1) * reach,
    )
    this.#initializers.set(name, tensor('float32', shape, data))
    return name
  }
}

interface Window {
  readonly kernel: readonly [number, number]
  readonly stride: number
  readonly pads: readonly [number, number, number, number]
  readonly group: number
}

/** DS-CNN for keyword spotting (MLPerf Tiny): 49x10 features, four blocks of depthwise and pointwise layers. */
export function dsCnn(): Graph {
  const layers = new Layers()
  let x = layers.conv('x', [64, 1], { kernel: [10, 4], stride: 2, pads: [4, 1, 5, 1] })
  x = layers.add('Relu', [x])
  for (let block = 0; block < 4; block++) {
    x = layers.add('Relu', [layers.conv(x, [64, 64], { group: 64 })])
    x = layers.add('Relu', [layers.conv(x, [64, 64], { kernel: [1, 1], pads: [0, 0, 0, 0] })])
  }
  return layers.end(x, 64, 12, [1, 49, 10])
}

/** ResNet-8 for CIFAR-10 (MLPerf Tiny): three blocks of two convolutions, two of them with a pointwise shortcut. */
export function resNet8(): Graph {
  const layers = new Layers()
  let x = layers.add('Relu', [layers.conv('x', [16, 3])])
  let inputs = 16
  for (const outputs of [16, 32, 64]) {
    const stride = outputs === 16 ? 1 : 2
    const inner = layers.add('Relu', [layers.conv(x, [outputs, inputs], { stride })])
    const body = layers.conv(inner, [outputs, outputs])
    const shortcut =
      stride === 1 ? x : layers.conv(x, [outputs, inputs], { kernel: [1, 1], stride, pads: [0, 0, 0, 0] })
    x = layers.add('Relu', [layers.add('Add', [body, shortcut])])
    inputs = outputs
  }
  return layers.end(x, 64, 10, [3, 32, 32])
}
