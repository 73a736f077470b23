import type { Graph } from '../../src/model/graph.ts'
import type { Node } from '../../src/ops/list.ts'
import type { Window } from '../../src/ops/spec.ts'
import { activationOf, type Activation } from '../../src/ops/unary/unary.ts'
import { outputShape } from '../../src/model/shapes.ts'
import { elements, type Shape } from '../../src/tensor/tensor.ts'

/** Values in float64, row-major. */
interface Values {
  readonly shape: Shape
  readonly data: Float64Array
}

/** What a graph yields for a batch of samples, node by node as ONNX defines the ops, nothing rewritten, in float64. */
export function interpret(graph: Graph, x: Values): Values {
  const held = new Map<string, Values>([[graph.inputs[0].name, x]])
  for (const [name, { shape, data }] of graph.initializers)
    held.set(name, { shape, data: Float64Array.from(data) })
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => held.get(name)!)
    const shape = outputShape(
      node,
      inputs.map((value) => value.shape),
    )
    held.set(node.output, { shape, data: compute(node, inputs, shape) })
  }
  return held.get(graph.output)!
}

function compute(node: Node, inputs: readonly Values[], shape: Shape): Float64Array {
  const [a, b, c] = inputs
  const each = (f: (x: number) => number): Float64Array => a.data.map(f)
  const made = (f: (at: readonly number[]) => number): Float64Array => {
    const data = new Float64Array(elements(shape))
    for (let i = 0; i < data.length; i++) data[i] = f(placeOf(i, shape))
    return data
  }
  switch (node.op) {
    case 'Relu':
      return each((x) => Math.max(0, x))
    case 'Clip':
      return each((x) => Math.min(Math.max(x, node.attributes.min), node.attributes.max))
    case 'Sigmoid':
      return each((x) => 1 / (1 + Math.exp(-x)))
    case 'HardSigmoid':
      return each((x) => Math.max(0, Math.min(1, node.attributes.alpha * x + node.attributes.beta)))
    case 'HardSwish':
      return each((x) => x * Math.max(0, Math.min(1, x / 6 + 0.5)))
    case 'Flatten':
    case 'Reshape':
      return a.data
    case 'Add':
      return made((at) => read(a, at) + read(b, at))
    case 'Mul':
      return made((at) => read(a, at) * read(b, at))
    case 'Sub':
      return made((at) => read(a, at) - read(b, at))
    case 'Div':
      return made((at) => read(a, at) / read(b, at))
    case 'Pow':
      return made((at) => read(a, at) ** read(b, at))
    case 'Min':
      return made((at) => Math.min(read(a, at), read(b, at)))
    case 'Max':
      return made((at) => Math.max(read(a, at), read(b, at)))
    case 'MatMul': {
      // A vector is a row on the left and a column on the right.
      const [left, right] = [a.shape.length > 1 ? a : row(a), b.shape.length > 1 ? b : column(b)]
      const whole = [...(a.shape.length > 1 ? [] : [0]), ...(b.shape.length > 1 ? [] : [0])]
      return made((at) => {
        const full =
          whole.length === 2
            ? [0, 0]
            : a.shape.length === 1
              ? at.toSpliced(-1, 0, 0)
              : b.shape.length === 1
                ? [...at, 0]
                : at
        const [m, n] = full.slice(-2)
        const batch = full.slice(0, -2)
        return sum(left.shape.at(-1)!, (k) => read(left, [...batch, m, k]) * read(right, [...batch, k, n]))
      })
    }
    case 'Where':
      return made((at) => read(read(a, at) !== 0 ? b : c, at))
    case 'ArgMax': {
      const axis = (node.attributes.axis + a.shape.length) % a.shape.length
      const all = Array.from({ length: a.shape[axis] }, (_, i) => i)
      return made((at) => {
        const values = all.map((i) => read(a, at.with(axis, i)))
        const most = Math.max(...values)
        return node.attributes.selectLast ? values.lastIndexOf(most) : values.indexOf(most)
      })
    }
    case 'LayerNormalization': {
      const axis = (node.attributes.axis + shape.length) % shape.length
      const width = elements(shape.slice(axis))
      return a.data.map((x, i) => {
        const values = a.data.subarray(i - (i % width), i - (i % width) + width)
        const mean = sum(width, (at) => values[at]) / width
        const variance = sum(width, (at) => (values[at] - mean) ** 2) / width
        const scaled = ((x - mean) / Math.sqrt(variance + node.attributes.epsilon)) * b.data[i % width]
        return scaled + (c === undefined ? 0 : c.data[i % width])
      })
    }
    case 'Gemm': {
      const { alpha, beta, transA, transB } = node.attributes
      const inner = a.shape[transA ? 0 : 1]
      return made(([m, n]) => {
        const product = sum(
          inner,
          (k) => read(a, transA ? [k, m] : [m, k]) * read(b, transB ? [n, k] : [k, n]),
        )
        return alpha * product + (c === undefined ? 0 : beta * read(c, [m, n]))
      })
    }
    case 'BatchNormalization': {
      const [, scale, shift, mean, variance] = inputs
      return made((at) => {
        const channel = [at[1]]
        const centred = read(a, at) - read(mean, channel)
        const deviation = Math.sqrt(read(variance, channel) + node.attributes.epsilon)
        return (read(scale, channel) * centred) / deviation + read(shift, channel)
      })
    }
    case 'Concat': {
      const axis = (node.attributes.axis + shape.length) % shape.length
      return made((at) => {
        let left = at[axis]
        const from = inputs.find((input) => {
          if (left < input.shape[axis]) return true
          left -= input.shape[axis]
          return false
        })!
        return read(from, at.with(axis, left))
      })
    }
    case 'Transpose': {
      const { perm } = node.attributes
      return made((at) =>
        read(
          a,
          perm.map((_, axis) => at[perm.indexOf(axis)]),
        ),
      )
    }
    case 'Slice': {
      const { axes, starts, steps } = node.attributes
      return made((at) =>
        read(
          a,
          at.map((place, axis) => {
            const i = axes.indexOf(axis)
            if (i < 0) return place
            const size = a.shape[axis]
            const start = starts[i] < 0 ? starts[i] + size : starts[i]
            return Math.max(0, Math.min(start, steps[i] < 0 ? size - 1 : size)) + place * steps[i]
          }),
        ),
      )
    }
    case 'Pad': {
      const { mode, pads, value } = node.attributes
      const beyond = (place: number, size: number): number => {
        if (mode === 'edge') return Math.min(Math.max(place, 0), size - 1)
        while (place < 0 || place >= size) {
          if (mode === 'wrap') place += place < 0 ? size : -size
          else place = place < 0 ? -place : 2 * (size - 1) - place
        }
        return place
      }
      return made((at) => {
        const places = at.map((place, axis) => place - pads[axis])
        if (places.every((place, axis) => place >= 0 && place < a.shape[axis])) return read(a, places)
        return mode === 'constant'
          ? value
          : read(
              a,
              places.map((place, axis) => beyond(place, a.shape[axis])),
            )
      })
    }
    case 'Gather': {
      const { axis, indices } = node.attributes
      return made((at) => read(a, at.with(axis, indices[at[axis]])))
    }
    case 'Expand':
      return made((at) => read(a, at))
    case 'Resize': {
      const { sizes, scales } = node.attributes
      return made((at) =>
        read(
          a,
          at.map((place, axis) => (sizes[axis] === 0 ? place : Math.floor(place / scales[axis]))),
        ),
      )
    }
    case 'DepthToSpace': {
      const { blocksize: b, mode } = node.attributes
      return made(([n, ch, y, x]) => {
        const [row, column] = [y % b, x % b]
        const from = mode === 'DCR' ? (row * b + column) * shape[1] + ch : (ch * b + row) * b + column
        return read(a, [n, from, Math.floor(y / b), Math.floor(x / b)])
      })
    }
    case 'SpaceToDepth': {
      const { blocksize: b } = node.attributes
      return made(([n, ch, y, x]) => {
        const place = Math.floor(ch / a.shape[1])
        return read(a, [n, ch % a.shape[1], y * b + Math.floor(place / b), x * b + (place % b)])
      })
    }
    case 'Softmax':
    case 'LogSoftmax': {
      const axis = (node.attributes.axis + shape.length) % shape.length
      const all = Array.from({ length: shape[axis] }, (_, i) => i)
      return made((at) => {
        const values = all.map((i) => read(a, at.with(axis, i)))
        const most = Math.max(...values)
        const total = sum(values.length, (i) => Math.exp(values[i] - most))
        const shifted = read(a, at) - most
        return node.op === 'Softmax' ? Math.exp(shifted) / total : shifted - Math.log(total)
      })
    }
    case 'Conv': {
      const { group } = node.attributes
      const [outputs, perGroup] = b.shape
      return made(([n, m, y, x]) => {
        const first = Math.floor(m / (outputs / group)) * perGroup
        let total = c === undefined ? 0 : read(c, [m])
        for (const [ky, kx, iy, ix] of taps(node.attributes, y, x, a.shape))
          for (let k = 0; k < perGroup; k++)
            total += read(a, [n, first + k, iy, ix]) * read(b, [m, k, ky, kx])
        return total
      })
    }
    case 'MaxPool':
      return made(([n, ch, y, x]) =>
        Math.max(...taps(node.attributes, y, x, a.shape).map(([, , iy, ix]) => read(a, [n, ch, iy, ix]))),
      )
    case 'AveragePool':
      return made(([n, ch, y, x]) => {
        const inside = taps(node.attributes, y, x, a.shape)
        const { countIncludePad, kernel } = node.attributes
        const total = inside.reduce((t, [, , iy, ix]) => t + read(a, [n, ch, iy, ix]), 0)
        return total / (countIncludePad ? kernel[0] * kernel[1] : inside.length)
      })
    case 'GlobalAveragePool': {
      const size = a.shape[2] * a.shape[3]
      return made(([n, ch]) =>
        sum(size, (i) => read(a, [n, ch, Math.floor(i / a.shape[3]), i % a.shape[3]]) / size),
      )
    }
    default:
      return each(activationOf({ op: node.op, ...node.attributes } as Activation))
  }
}

/** A vector as a matrix of one row, and of one column. */
const row = ({ shape, data }: Values): Values => ({ shape: [1, ...shape], data })
const column = ({ shape, data }: Values): Values => ({ shape: [...shape, 1], data })

/** The value at a place of the output, the shapes aligned at their ends and sizes of 1 repeated. */
function read({ shape, data }: Values, at: readonly number[]): number {
  const skipped = at.length - shape.length
  let index = 0
  for (const [axis, size] of shape.entries()) index = index * size + (size === 1 ? 0 : at[axis + skipped])
  return data[index]
}

function placeOf(index: number, shape: Shape): number[] {
  const at: number[] = []
  let left = index
  for (const size of shape.toReversed()) {
    at.unshift(left % size)
    left = Math.floor(left / size)
  }
  return at
}

/** The places of a window's kernel and input that lie within the input. */
function taps(window: Window, y: number, x: number, shape: Shape): [number, number, number, number][] {
  const found: [number, number, number, number][] = []
  for (let ky = 0; ky < window.kernel[0]; ky++)
    for (let kx = 0; kx < window.kernel[1]; kx++) {
      const iy = y * window.strides[0] - window.pads[0] + ky * window.dilations[0]
      const ix = x * window.strides[1] - window.pads[1] + kx * window.dilations[1]
      if (iy >= 0 && ix >= 0 && iy < shape[2] && ix < shape[3]) found.push([ky, kx, iy, ix])
    }
  return found
}

function sum(count: number, term: (i: number) => number): number {
  let total = 0
  for (let i = 0; i < count; i++) total += term(i)
  return total
}
