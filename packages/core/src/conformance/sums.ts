import type { Constants, ConvSpec, GemmSpec } from '../kernel/spec.ts'
import { MOST_PRODUCTS } from '../numerics/index.ts'
import { Random } from '../statistics/random.ts'
import { bytes, specOf, type ConformanceCase } from './case.ts'
import { convSpec, gemmSpec } from './layer.ts'

// Ops that rescale int32 sums: sums whose products with the multiplier lie beside ties, and sums that float32 does
// not hold.

const { fround } = Math
const CLAMP = [-128, 127] as const
const BYTES = 256

/** Factors whose products with some byte are odd multiples of 255 or of 127. */
const FACTORS = [1, 3, 5, 15, 17, 51, 85, 127].flatMap((factor) => [factor, -factor])

/** Every byte by 256 or 16 factors; then sums past what float32 holds, each a few units from where a tie is. */
export function* matMulCases(factors: 256 | 16): Generator<ConformanceCase> {
  const [column, row] = [specOf('int8', [BYTES, 1]), specOf('int8', [1, factors])]
  const factor = (i: number): number => (factors === BYTES ? i - 128 : FACTORS[i])
  for (const divisor of [510, 254])
    yield {
      name: `MatMul int8: pairs of bytes by 1/${divisor}`,
      spec: { op: 'MatMul', inputs: [column, row], output: specOf('int8', [BYTES, factors]) },
      constants: matMulConstants(fround(1 / divisor)),
      inputs: [bytes(column.shape, (i) => i - 128), bytes(row.shape, factor)],
    }
  // Row i sums (2 i + 129) 2^17 from -128 by -128, and column j adds j - 4: times 2^-18 the first is a tie.
  const [rows, columns, depth] = [10, 9, 8 * 147 + 1]
  const [a, b] = [specOf('int8', [rows, depth]), specOf('int8', [depth, columns])]
  yield {
    name: 'MatMul int8: sums from 2^24, a few units from ties',
    spec: { op: 'MatMul', inputs: [a, b], output: specOf('int8', [rows, columns]) },
    constants: matMulConstants(2 ** -18),
    inputs: [
      bytes(a.shape, (i) => {
        const [r, k] = [Math.floor(i / depth), i % depth]
        return k === depth - 1 ? 1 : k < 8 * (2 * r + 129) ? -128 : 0
      }),
      bytes(b.shape, (i) => (i < (depth - 1) * columns ? -128 : (i % columns) - 4)),
    ],
  }
  // As many products as int32 holds, each 255 * 255 in the first column, of either sign, and less in others.
  const [ends, width] = [specOf('int8', [2, MOST_PRODUCTS]), 4]
  for (const bZeroPoint of CLAMP)
    yield {
      name: `MatMul int8: ${MOST_PRODUCTS} products, the largest sums from zero points -128 and ${bZeroPoint}`,
      spec: {
        op: 'MatMul',
        inputs: [ends, specOf('int8', [MOST_PRODUCTS, width])],
        output: specOf('int8', [2, width]),
      },
      constants: { ...matMulConstants(126.6 / 2 ** 31), aZeroPoint: -128, bZeroPoint },
      inputs: [
        bytes(ends.shape, (i) => (i < MOST_PRODUCTS ? 127 : 126)),
        bytes([MOST_PRODUCTS, width], (i) => (-1 - bZeroPoint) ^ (i % width)),
      ],
    }
}

function matMulConstants(multiplier: number): Extract<Constants, { kind: 'int-matmul' }> {
  return { kind: 'int-matmul', multiplier, aZeroPoint: 0, bZeroPoint: 0, outputZeroPoint: 0, clamp: CLAMP }
}

/** Every sum of four bytes; then, where `large` is asked for, sums past 2^24, a few units from ties. */
export function* averageCases(large = true): Generator<ConformanceCase> {
  const sums = Array.from({ length: 1021 }, (_, i) => i - 512)
  for (const [title, multiplier] of [
    ['0.3', 0.3],
    ['1/14', 1 / 14],
  ] as const)
    yield averageCase(`every sum of four by ${title}`, 2, sums, 0, fround(multiplier))
  if (!large) return
  const odd = [1, 3, 5, 7].map((more) => 2 ** 24 + more)
  for (const tie of [63.5, 64.5])
    yield averageCase(`sums from 2^24 beside ${tie}`, 264, odd, -128, fround(tie / (2 ** 24 + 4)))
}

/** One window of `side` x `side` for each sum, filled with equal bytes as far as may be. */
function averageCase(
  title: string,
  side: number,
  sums: readonly number[],
  inputZeroPoint: number,
  multiplier: number,
): ConformanceCase {
  const size = side * side
  const x = specOf('int8', [1, sums.length, side, side])
  return {
    name: `AveragePool int8: ${title}`,
    spec: {
      op: 'AveragePool',
      inputs: [x],
      output: specOf('int8', [1, sums.length, 1, 1]),
      kernel: [side, side],
      strides: [1, 1],
      pads: [0, 0, 0, 0],
      dilations: [1, 1],
      countIncludePad: false,
    },
    constants: {
      kind: 'int-average',
      inputZeroPoint,
      multipliers: new Float32Array(size + 1).fill(multiplier),
      outputZeroPoint: 0,
      clamp: CLAMP,
    },
    inputs: [
      bytes(x.shape, (i) => Math.floor((sums[Math.floor(i / size)] + (i % size)) / size) + inputZeroPoint),
    ],
  }
}

const CHANNELS = 1024

/** Layers by the kinds of kernels that they have: what comes after their sums may be compiled otherwise in each. */
const LAYERS: readonly (readonly [title: string, spec: ConvSpec | GemmSpec])[] = [
  ['Gemm', gemmSpec(1, 4, CHANNELS, 'int8')],
  ['Conv 1x1', square(4, 1, 1)],
  ['depthwise Conv 1x1', square(CHANNELS, 1, CHANNELS)],
  ['Conv 1x1 of 2 groups', square(8, 1, 2)],
  ['Conv 3x3', square(4, 3, 1)],
  ['depthwise Conv 3x3', square(CHANNELS, 3, CHANNELS)],
]

function square(inputs: number, side: 1 | 3, group: number): ConvSpec {
  const pad = (side - 1) / 2
  return convSpec(
    {
      title: '',
      x: [1, inputs, side, side],
      outputs: CHANNELS,
      kernel: [side, side],
      pads: [pad, pad, pad, pad],
      group,
    },
    'int8',
  )
}

/**
 * The first `most` kinds of layers, on zeros: the bias is the sum, and its channel's multiplier puts it beside a tie.
 */
export function* layerCases(most: number = LAYERS.length): Generator<ConformanceCase> {
  for (const [title, spec] of LAYERS.slice(0, most))
    for (const [range, from, to] of [
      ['below 2^20', 1, 2 ** 20],
      ['from 2^24 to 2^30', 2 ** 24, 2 ** 30],
    ] as const)
      yield {
        name: `${spec.op} int8: ${title} of zeros, sums ${range} beside ties`,
        spec,
        constants: besideTies(spec, from, to),
        inputs: [bytes(spec.inputs[0].shape, () => 0)],
      }
}

/** Biases whose magnitudes are spread over the octaves of a range, of both signs. */
function besideTies(spec: ConvSpec | GemmSpec, from: number, to: number): Constants {
  const random = new Random(from)
  const octaves = Math.log2(to / from)
  const sums = Array.from({ length: CHANNELS }, () =>
    Math.floor(from * 2 ** random.below(octaves) * (1 + random.uniform())),
  )
  const inputs = spec.inputs[0].shape[1]
  return {
    kind: 'int-weights',
    weight: bytes(
      spec.op === 'Conv' ? [CHANNELS, inputs / spec.group, ...spec.kernel] : [CHANNELS, inputs],
      () => 0,
    ),
    bias: Int32Array.from(sums, (sum, channel) => (channel % 2 === 0 ? sum : -sum)),
    multiplier: Float32Array.from(sums, (sum, channel) => ((channel % 127) + 0.5) / sum),
    inputZeroPoint: 0,
    weightZeroPoints: new Int32Array(CHANNELS),
    outputZeroPoint: 0,
    clamp: CLAMP,
  }
}
