// Makes an ONNX model of a known shape and a stated size, with seeded weights: what import, calibration and sweeps are
// tried on where real models are not at hand.
//
//   pnpm --filter @octet/onnx build
//   node packages/onnx/bench/make-model.mjs SHAPE [--megabytes 25] [--side 224] [--classes 1000] [--seed 1] --out FILE
//
// SHAPE is vgg, resnet or mobilenet: the layers of VGG-16, ResNet-18 and MobileNet v1, whose channels are scaled, all
// by one factor and in steps of 4, until the file is as near to the size as it gets without passing it.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Random } from '../../core/dist/statistics/index.js'
import { encodeOnnx } from '../dist/index.js'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    megabytes: { type: 'string', default: '25' },
    side: { type: 'string', default: '224' },
    classes: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
})

/** Nodes and weights, layer by layer. `draw` makes weights, or counts them where it is left out. */
class Net {
  nodes = []
  initializers = []
  bytes = 0
  name = 'image'
  #draw

  constructor(channels, draw) {
    this.channels = channels
    this.#draw = draw
  }

  #weights(shape, fanIn) {
    const name = `w${this.initializers.length}`
    const count = shape.reduce((a, b) => a * b, 1)
    this.bytes += 4 * count
    // He et al. 2015: the variance of activations stays the same from layer to layer.
    const data = this.#draw && Float32Array.from({ length: count }, () => this.#draw() * Math.sqrt(2 / fanIn))
    this.initializers.push({ name, dtype: 'float32', shape, data })
    return name
  }

  #node(op, inputs, attributes) {
    const output = `t${this.nodes.length}`
    this.nodes.push({ op, inputs, outputs: [output], ...(attributes && { attributes }) })
    this.name = output
  }

  conv(outputs, side, { stride = 1, group = 1, relu = true } = {}) {
    const pad = (side - 1) / 2
    const each = this.channels / group
    const weight = this.#weights([outputs, each, side, side], each * side * side)
    const bias = this.#weights([outputs], each * side * side)
    this.#node('Conv', [this.name, weight, bias], {
      kernel_shape: [side, side],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      group,
    })
    this.channels = outputs
    if (relu) this.#node('Relu', [this.name])
    return this
  }

  maxPool(side, stride, pad = 0) {
    this.#node('MaxPool', [this.name], {
      kernel_shape: [side, side],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
    })
    return this
  }

  /** Two 3x3 convolutions around which their input goes, by a 1x1 one where the shape changes. */
  residual(outputs, stride) {
    const { name, channels } = this
    this.conv(outputs, 3, { stride }).conv(outputs, 3, { relu: false })
    const sum = this.name
    if (stride > 1 || channels !== outputs) {
      Object.assign(this, { name, channels })
      this.conv(outputs, 1, { stride, relu: false })
    } else this.name = name
    this.#node('Add', [sum, this.name])
    this.#node('Relu', [this.name])
  }

  mean() {
    this.#node('GlobalAveragePool', [this.name])
    return this
  }

  flatten(positions) {
    this.#node('Flatten', [this.name], { axis: 1 })
    this.channels *= positions
    return this
  }

  dense(outputs, relu) {
    const weight = this.#weights([outputs, this.channels], this.channels)
    const bias = this.#weights([outputs], this.channels)
    this.#node('Gemm', [this.name, weight, bias], { transB: 1 })
    this.channels = outputs
    if (relu) this.#node('Relu', [this.name])
    return this
  }
}

const SHAPES = {
  vgg(net, scaled, { side, classes }) {
    for (const [count, channels] of [
      [2, 64],
      [2, 128],
      [3, 256],
      [3, 512],
      [3, 512],
    ]) {
      for (let i = 0; i < count; i++) net.conv(scaled(channels), 3)
      net.maxPool(2, 2)
    }
    const left = Math.floor(side / 32)
    net
      .flatten(left * left)
      .dense(scaled(4096), true)
      .dense(scaled(4096), true)
      .dense(classes, false)
  },
  resnet(net, scaled, { classes }) {
    net.conv(scaled(64), 7, { stride: 2 }).maxPool(3, 2, 1)
    for (const [i, channels] of [64, 128, 256, 512].entries())
      for (let block = 0; block < 2; block++) net.residual(scaled(channels), i > 0 && block === 0 ? 2 : 1)
    net.mean().flatten(1).dense(classes, false)
  },
  mobilenet(net, scaled, { classes }) {
    net.conv(scaled(32), 3, { stride: 2 })
    const layers = [
      [64, 1],
      [128, 2],
      [128, 1],
      [256, 2],
      [256, 1],
      [512, 2],
      ...Array.from({ length: 5 }, () => [512, 1]),
      [1024, 2],
      [1024, 1],
    ]
    for (const [channels, stride] of layers) {
      net.conv(net.channels, 3, { stride, group: net.channels })
      net.conv(scaled(channels), 1)
    }
    net.mean().flatten(1).dense(classes, false)
  },
}

const [shape] = positionals
const [megabytes, side, classes, seed] = ['megabytes', 'side', 'classes', 'seed'].map((key) =>
  Number(values[key]),
)
if (
  !Object.hasOwn(SHAPES, shape) ||
  values.out === undefined ||
  !(megabytes > 0 && side >= 32 && classes > 0)
)
  throw new Error('make-model.mjs SHAPE [--megabytes M] [--side S] [--classes C] [--seed N] --out FILE')

/** The net whose channels are scaled by `width`. */
function netOf(width, draw) {
  const net = new Net(3, draw)
  SHAPES[shape](net, (channels) => Math.max(4, Math.round((channels * width) / 4) * 4), { side, classes })
  return net
}

let width = 1 / 256
while (netOf(width + 1 / 256).bytes <= megabytes * 1e6) width += 1 / 256
const random = new Random(seed)
const { nodes, initializers, bytes, name } = netOf(width, () => random.normal())
const image = { name: 'image', dtype: 'float32', shape: ['batch', 3, side, side] }
const output = { name, dtype: 'float32', shape: ['batch', classes] }
writeFileSync(values.out, encodeOnnx({ nodes, initializers, inputs: [image], outputs: [output] }))
console.log(`${values.out}: ${shape} times ${width}, ${bytes / 4} weights, ${nodes.length} nodes`)
