import type { Cell, WorkloadInfo } from '@octet/results'
import { rounds } from './random.ts'

export interface Recipe {
  readonly info: WorkloadInfo
  readonly fp32: number
  readonly ns: number
  readonly bytes: number
  /** Fraction that per-tensor weights lose. */
  readonly perTensorLoss: number
}

export const CALIBRATIONS = [
  'minmax',
  'moving-average',
  'percentile-99.9',
  'percentile-99.99',
  'percentile-99.999',
  'entropy',
  'mse',
]

export const WORKLOADS: readonly Recipe[] = [
  recipe('synthetic-cnn', 'Synthetic digits, small CNN', 0.9874, 1.4e6, 107_000, 0.0006, 0.1135),
  recipe('synthetic-mobilenet', 'Synthetic clothes, depthwise CNN', 0.9012, 6.2e6, 221_000, 0.174, 0.1),
  recipe('synthetic-mlp', 'Synthetic <b>weather</b>, MLP', 0.836, 0.11e6, 3_900, 0.002, 0.4386),
]

function recipe(
  id: string,
  title: string,
  fp32: number,
  ns: number,
  bytes: number,
  perTensorLoss: number,
  baseline: number,
): Recipe {
  const info = {
    id,
    title,
    description: 'classification of synthetic samples',
    task: 'classification' as const,
    classes: ['a', 'b', 'c'],
    baseline,
    licence: 'none: synthetic',
    source: 'a random number generator',
    notes: ['A note with <script>alert(1)</script> in it.'],
    recorded: { value: fp32, samples: 2000 },
    calibrationSamples: 256,
    evaluationSamples: { used: 2000, available: 10_000 },
  }
  return { info, fp32, ns, bytes, perTensorLoss }
}

export function cellsOf({ info, fp32, ns, bytes, perTensorLoss }: Recipe, random: () => number): Cell[] {
  const cells: Cell[] = []
  for (const [kernels, adapter, pace] of [
    ['synthetic-gpu', 'soft', 1],
    ['reference', 'cpu', 14],
  ] as const) {
    for (const precision of ['fp32', 'fp16', 'int8'] as const) {
      const granularities =
        precision === 'int8' ? (['per-channel', 'per-tensor'] as const) : (['none'] as const)
      for (const granularity of granularities) {
        const rate = { fp32: 1, fp16: 1.15, int8: info.id === 'synthetic-mlp' ? 1.6 : 0.62 }[precision]
        const samples = rounds(ns * pace * rate * (granularity === 'per-tensor' ? 0.98 : 1), random)
        const baseline = rounds(ns * pace, random)
        for (const [i, calibration] of (precision === 'int8' ? CALIBRATIONS : ['none']).entries()) {
          const loss =
            precision === 'int8'
              ? (i - 4) * 0.0006 + (granularity === 'per-tensor' ? perTensorLoss * (1 - i * 0.09) : 0)
              : 0
          cells.push(
            cell({
              info,
              fp32,
              bytes,
              kernels,
              adapter,
              precision,
              granularity,
              calibration,
              loss,
              samples,
              baseline,
            }),
          )
        }
      }
    }
  }
  return [...cells.map((cell, i) => inState(cell, i)), ...cells.flatMap(inFourBits)]
}

function cell(from: {
  info: WorkloadInfo
  fp32: number
  bytes: number
  kernels: string
  adapter: string
  precision: 'fp32' | 'fp16' | 'int8'
  granularity: 'none' | 'per-channel' | 'per-tensor'
  calibration: string
  loss: number
  samples: number[]
  baseline: number[]
}): Cell {
  const { info, precision, granularity, calibration, kernels, adapter, loss, samples } = from
  const int8 = precision === 'int8'
  const bits = int8 ? 8 : precision === 'fp16' ? 16 : 32
  const sorted = samples.toSorted((a, b) => a - b)
  const median = sorted[10]
  const ratios = samples.map((ns, i) => from.baseline[i] / ns).toSorted((a, b) => a - b)
  return {
    key: [info.id, precision, granularity, calibration, kernels, adapter].join('/'),
    workload: info.id,
    method: int8 ? 'ptq' : 'none',
    precision,
    weights: { bits, scheme: int8 ? 'symmetric' : 'none', granularity },
    activations: { bits, scheme: int8 ? 'affine' : 'none', granularity: int8 ? 'per-tensor' : 'none' },
    calibration,
    kernels,
    adapter,
    status: 'ok',
    task: {
      id: 'classification',
      metric: 'top-1 accuracy',
      unit: 'fraction',
      higherIsBetter: true,
      value: from.fp32 - loss,
      fp32: from.fp32,
      loss,
      ci95:
        precision === 'fp32'
          ? [0, 0]
          : [loss - 0.0021 - Math.abs(loss) / 8, loss + 0.0023 + Math.abs(loss) / 8],
      samples: 2000,
      device: 'synthetic-gpu/soft',
    },
    fidelity: {
      sqnrDb: precision === 'fp32' ? null : 32 - loss * 100,
      maxAbsError: 0.12,
      agreement: 1 - Math.abs(loss),
    },
    latency: {
      clock: 'gpu',
      unit: 'ns',
      samples,
      median,
      mad: median * 0.01,
      ci95: [sorted[5], sorted[15]],
      batch: 1,
      firstDispatchNs: median * 80,
      stages: { uploadNs: median / 10, deviceNs: median, readbackNs: median / 8, endToEndNs: median * 1.3 },
      ...(precision !== 'fp32' && {
        vsFp32: { ratio: ratios[10], ci95: [ratios[5], ratios[15]] as const },
      }),
      shared: { program: `${info.id}-${precision}-${granularity}`, with: int8 ? CALIBRATIONS.length - 1 : 0 },
    },
    memory: {
      weightBytes: Math.round((from.bytes * bits) / 32),
      activationPeakBytes: Math.round((25_088 * bits) / 32),
      deviceBytes: Math.round((from.bytes * bits) / 32) + 65_536,
    },
    fallbackOps:
      kernels === 'synthetic-gpu' && precision === 'int8' && info.id === 'synthetic-mlp' ? ['Softmax'] : [],
  } as Cell
}

/** What per-channel cells of two calibrations are with 4-bit weights, plain and with ever more transforms. */
function inFourBits(cell: Cell): Cell[] {
  if (cell.weights.granularity !== 'per-channel' || !['minmax', 'mse'].includes(cell.calibration)) return []
  const { task, memory } = cell
  if (task === undefined || memory === undefined) return []
  const recipes: readonly { method?: 'qat'; transforms: readonly string[]; drop: number }[] = [
    { transforms: [], drop: 0.062 },
    { method: 'qat', transforms: [], drop: 0.008 },
    { transforms: ['equalize'], drop: 0.031 },
    { transforms: ['adaround', 'bias-correction', 'equalize'], drop: 0.004 },
  ]
  return recipes.map(({ method = cell.method, transforms, drop }) =>
    Object.assign({}, cell, transforms.length > 0 && { transforms }, {
      key: [cell.key, 'w4', method, ...transforms].join('/'),
      method,
      weights: { ...cell.weights, bits: 4 as const },
      task: {
        ...task,
        value: task.fp32 - drop,
        loss: drop,
        ci95: [drop - 0.006, drop + 0.007] as const,
      },
      memory: {
        ...memory,
        weightBytes: Math.round(memory.weightBytes / 2),
        residentWeightBytes: memory.weightBytes,
      },
    }),
  )
}

/** Puts a few cells into the states that a healthy sweep seldom shows. */
function inState(cell: Cell, index: number): Cell {
  const { task: _a, fidelity: _f, latency: _l, memory: _m, ...bare } = cell
  if (index === 4)
    return { ...bare, status: 'failed', reason: 'Conv "stem": the device was lost while it compiled' }
  if (index === 18)
    return {
      ...bare,
      status: 'skipped',
      reason: 'FP32 on the reference would take longer than the time limit',
    }
  if (index === 1)
    return { ...cell, status: 'unstable', reason: 'the spread of 23 rounds is 31% of the median, above 10%' }
  return cell
}
