import {
  type Cell,
  configurationKey,
  type Finding,
  type Fp16Audit,
  type Layer,
  type Run,
  type Training,
  type WorkloadInfo,
} from '@octet/results'

/**
 * SYNTHETIC: not one figure here was measured. It exists to put every state that a run can be in on one page (skipped, failed,
 * unstable, fallback, two devices, kernels with peers, 4-bit weights, transforms, findings of every severity, hostile text), which no single real sweep does.
 */
export function syntheticRun(): Run {
  const random = mulberry32(7)
  const cells = WORKLOADS.flatMap((workload) => cellsOf(workload, random))
  return {
    schema: 1,
    run: {
      id: 'synthetic-0001',
      startedAt: '2026-01-05T08:12:00.000Z',
      finishedAt: '2026-01-05T08:15:41.000Z',
      commit: '0123456789abcdef0123456789abcdef01234567',
      dirty: true,
      command: 'octet bench --samples 2000 --seed 1',
      seed: 1,
    },
    machine: {
      fingerprint: 'synthetic-fingerprint',
      cpu: 'Synthetic CPU',
      cores: 2,
      memoryBytes: 8 * 1024 ** 3,
      os: 'linux 6.1 x64',
      runtime: 'node 20.20.2',
      adapters: [
        {
          id: 'soft',
          name: 'Synthetic rasterizer (LLVM 16.0.0)',
          vendor: 'synthetic',
          architecture: 'x86',
          backend: 'vulkan',
          driver: '5.0.0',
          software: true,
          features: ['timestamp-query', 'subgroups'],
          modes: { fp16: 'packed halves, f32 arithmetic', int8: 'dot4I8Packed' },
        },
        {
          id: 'cpu',
          name: 'Synthetic reference',
          vendor: '',
          architecture: '',
          backend: 'plain',
          driver: '',
          software: true,
          features: [],
          modes: {},
        },
      ],
    },
    workloads: WORKLOADS.map(({ info }) => info),
    cells,
    layers: WORKLOADS.flatMap((workload) => layersOf(workload.info.id, random)),
    kernels: kernels(random),
    notTimed: [
      {
        package: 'synthetic-gpu',
        adapter: 'soft',
        op: 'Gemm',
        precision: 'fp16',
        shape: 'gemm 256x256x256',
        reason: 'it fails <b>conformance</b>',
      },
    ],
    peaks: [
      { package: 'synthetic-gpu', adapter: 'soft', unit: 'f32', rate: 20.8, by: '8 chains', clock: 'gpu' },
      { package: 'synthetic-gpu', adapter: 'soft', unit: 'copy', rate: 6.1, by: 'vec4', clock: 'gpu' },
    ],
    models: [race(random)],
    findings: FINDINGS,
    trainings: cells.filter(isTrained).map(trainingOf),
  }
}

/** One device's QAT cells: integers are the same on all. */
function isTrained({ method, kernels }: Cell): boolean {
  return method === 'qat' && kernels === 'synthetic-gpu'
}

/** A training that was kept before its end; that of min-max was saved in an earlier run, so what it cost is not known. */
function trainingOf(cell: Cell): Training {
  const accuracy = cell.accuracy!.value
  const steps = [0, 20, 40, 60, 80, 100]
  return {
    workload: cell.workload,
    configuration: configurationKey(cell),
    split: '4500 train, 500 validate',
    options: { steps: 200, batchSize: 64, optimizer: 'adam', learningRate: 1e-3, distillation: 1 },
    ...(cell.calibration !== 'minmax' && { seconds: 41.5 }),
    losses: steps.slice(1).map((step) => ({ step: step - 1, loss: 5 / step })),
    validations: steps.map((step) => ({
      step,
      accuracy: accuracy - 0.05 * Math.abs(1 - step / 60),
      loss: 0.05 + Math.abs(step - 60) / 200,
    })),
    best: 60,
    steps: 100,
    stoppedEarly: true,
  }
}

interface Recipe {
  readonly info: WorkloadInfo
  readonly fp32: number
  readonly ns: number
  readonly bytes: number
  /** Fraction that per-tensor weights lose. */
  readonly perTensorLoss: number
}

const CALIBRATIONS = [
  'minmax',
  'moving-average',
  'percentile-99.9',
  'percentile-99.99',
  'percentile-99.999',
  'entropy',
  'mse',
]

const WORKLOADS: readonly Recipe[] = [
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
  majorityShare: number,
): Recipe {
  const info = {
    id,
    title,
    task: 'classification of synthetic samples',
    metric: 'top-1 accuracy',
    classes: ['a', 'b', 'c'],
    majorityShare,
    licence: 'none: synthetic',
    source: 'a random number generator',
    notes: ['A note with <script>alert(1)</script> in it.'],
    recorded: { accuracy: fp32, samples: 2000 },
    calibrationSamples: 256,
    evaluationSamples: { used: 2000, available: 10_000 },
  }
  return { info, fp32, ns, bytes, perTensorLoss }
}

function cellsOf({ info, fp32, ns, bytes, perTensorLoss }: Recipe, random: () => number): Cell[] {
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
    accuracy: {
      metric: info.metric,
      value: from.fp32 - loss,
      fp32: from.fp32,
      drop: loss,
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
  }
}

/** What per-channel cells of two calibrations are with 4-bit weights, plain and with ever more transforms. */
function inFourBits(cell: Cell): Cell[] {
  if (cell.weights.granularity !== 'per-channel' || !['minmax', 'mse'].includes(cell.calibration)) return []
  const { accuracy, memory } = cell
  if (accuracy === undefined || memory === undefined) return []
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
      accuracy: {
        ...accuracy,
        value: accuracy.fp32 - drop,
        drop,
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
  const { accuracy: _a, fidelity: _f, latency: _l, memory: _m, ...bare } = cell
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

function layersOf(workload: string, random: () => number): Layer[] {
  return ['input', 'stem.relu', 'block1.depthwise.relu6', 'head.logits'].map((tensor, i) => {
    const lo = i === 1 || i === 2 ? 0 : -4 - i
    const hi = 6 + i * 2
    const width = (hi - lo) / 128
    const counts = Array.from({ length: 128 }, (_, bin) => {
      const x = lo + (bin + 0.5) * width
      return Math.round(40_000 * Math.exp(-((x - 0.4) ** 2) / (0.4 + i)) + (random() < 0.2 ? 1 : 0))
    })
    const perCalibration = Object.fromEntries(
      CALIBRATIONS.map((name, k) => {
        const cut = k < 2 ? 1 : 1 - 0.08 * k
        const range = { lo: lo * cut, hi: hi * cut }
        const scale = (Math.max(range.hi, 0) - Math.min(range.lo, 0)) / 255
        return [
          name,
          {
            ...range,
            scale,
            zeroPoint: Math.round(-128 - range.lo / scale),
            clipped: k < 2 ? 0 : 0.0004 * k,
            saturated: k < 2 ? 0.00001 : 0.0005 * k,
            usedLevels: 256 - k,
            sqnrDb: 28 + Math.sin(k + i) * 6,
            clipErrorShare: k < 2 ? 0 : 0.09 * k,
            scaleInterval: name === 'moving-average' ? null : ([scale * 0.97, scale * 1.02] as const),
          },
        ]
      }),
    )
    return {
      workload,
      tensor,
      range: [lo, hi],
      histogram: { lo, width, counts },
      perCalibration,
      shift: { ks: 0.02 + 0.09 * i, wasserstein: 0.01 * 4 ** i, js: 0.004 * 3 ** i, psi: 0.03 * 2.5 ** i },
      chosen: {
        calibration: CALIBRATIONS[2 + i],
        evidence: CALIBRATIONS.filter((name) => name !== 'moving-average').map((calibration) => ({
          calibration,
          sqnrDb: calibration === CALIBRATIONS[2 + i] ? 33.4 : 33.1 - calibration.length / 3,
        })),
      },
      fp16: fp16(tensor, i),
    }
  })
}

function fp16(tensor: string, i: number): Fp16Audit {
  const verdict = (['fine', 'overflows', 'absorbed', 'vanishes'] as const)[i]
  return {
    verdict,
    words: `"${tensor}" is made up, and ${verdict} in FP16`,
    largest: [6.5, 91_000, 70_100, 3e-7][i],
  }
}

const FINDINGS: readonly Finding[] = [
  finding(
    'low-sqnr',
    'warning',
    'stem.relu',
    '"stem.relu" keeps an SQNR of 12.1 dB, mostly lost by rounding',
  ),
  finding(
    'sensor-gain',
    'fault',
    null,
    'sensor channel 2 reads 1.8 times what it does in evaluation: mend its gain',
  ),
  finding('normalized-twice', 'fault', null, 'the samples <i>look</i> normalized already: give raw ones'),
  finding('unstable-scale', 'note', 'input', 'the scale of "input" by entropy hangs on few samples'),
  finding('clipping', 'warning', 'input', '"input" has 3.1% of its values clipped: widen its range'),
  finding(
    'clipping',
    'warning',
    'head.logits',
    '"head.logits" has 2.4% of its values clipped: widen its range',
  ),
  finding(
    'fp16-overflows',
    'fault',
    'stem.relu',
    '"stem.relu" reaches 91000: 0.1% of its values become infinite in FP16',
  ),
  { ...finding('few-levels', 'note', 'input', '"input" uses 12 of 256 integers'), workload: 'synthetic-mlp' },
]

function finding(id: string, severity: Finding['severity'], tensor: string | null, verdict: string): Finding {
  return { workload: 'synthetic-mobilenet', id, severity, tensor, value: 0.4, threshold: 0.25, verdict }
}

function kernels(random: () => number): Run['kernels'] {
  const timed = {
    package: 'synthetic-gpu',
    op: 'Gemm',
    shape: 'gemm 256x256x256',
    adapter: 'soft',
    gbps: 0.41,
  }
  const peer = {
    name: 'another',
    precision: 'fp32',
    ratio: 0.81,
    ci95: [0.79, 0.83],
    note: 'wall clock',
  } as const
  return [
    {
      ...timed,
      precision: 'fp32',
      variant: 'f32',
      gops: 12.9,
      samples: rounds(2.6e6, random),
      peers: [peer, { ...peer, name: 'a third', ratio: 3.1, ci95: [2.9, 3.3] }],
      models: ['synthetic transformer'],
      picked: true,
      clock: 'gpu',
      firstDispatchNs: 81e6,
      ofPeak: { unit: 'f32', share: 0.62 },
      drift: 1.01,
    },
    {
      ...timed,
      precision: 'int8',
      variant: 'dot4I8Packed',
      gops: 21.4,
      samples: rounds(1.6e6, random),
      vsFp32: { ratio: 1.66, ci95: [1.61, 1.72] },
      picked: true,
      peers: [],
    },
    {
      ...timed,
      precision: 'int8',
      weightBits: 4,
      variant: 'dot4I8Packed',
      gops: 19.1,
      samples: rounds(1.8e6, random),
      peers: [],
    },
    {
      ...timed,
      precision: 'int8',
      variant: 'another tile',
      picked: false,
      gops: 11,
      samples: rounds(3e6, random),
      peers: [],
    },
    {
      ...timed,
      op: 'Clip',
      shape: 'clip 1x64x28x28',
      precision: 'fp32',
      variant: 'f32',
      gops: 0,
      gbps: 2.1,
      samples: rounds(2e5, random),
      peers: [],
    },
  ]
}

function race(random: () => number): NonNullable<Run['models']>[number] {
  const overhead = rounds(1.5e5, random)
  return {
    workload: 'synthetic-mobilenet',
    package: 'synthetic-gpu',
    adapter: 'soft',
    macs: 2.6e6,
    times: [
      {
        by: 'octet',
        precision: 'int8',
        samples: rounds(7e5, random),
        overhead,
        vsFp32: { ratio: 1.4, ci95: [1.3, 1.5] },
      },
      { by: 'octet', precision: 'fp32', samples: rounds(1e6, random), overhead },
      {
        by: 'another',
        precision: 'fp32',
        samples: rounds(6e5, random),
        overhead,
        ours: [
          { precision: 'int8', ratio: { ratio: 0.86, ci95: [0.8, 0.9] } },
          { precision: 'fp32', ratio: { ratio: 0.6, ci95: [0.55, 0.65] } },
        ],
        note: 'the same adapter',
      },
    ],
    absent: [{ by: 'a third', precision: 'fp32', reason: 'it is not installed' }],
  }
}

/** 21 positive times around `centre`, a few of them slow. */
function rounds(centre: number, random: () => number): number[] {
  return Array.from(
    { length: 21 },
    () => centre * (1 + 0.02 * (random() - 0.5) + (random() < 0.08 ? 0.15 : 0)),
  )
}

/** Mulberry32, a 32-bit generator: the fixture is the same in every run. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
