import type { DeviceInfo } from '@octet/core'
import { type Cell, cellKey, type Latency, type Layer, type Run } from '../src/index.ts'

export const DEVICE: DeviceInfo = {
  id: 'soft',
  name: 'A software adapter',
  vendor: 'nobody',
  architecture: 'x86',
  backend: 'test',
  driver: '1.0',
  software: true,
  features: ['timestamp-query'],
  modes: { int8: 'polyfill' },
}

export function latency(median: number, ratio?: number): Latency {
  return {
    clock: 'wall',
    unit: 'ns',
    samples: [median - 1, median, median + 1],
    median,
    mad: 1,
    ci95: [median - 1, median + 1],
    batch: 1,
    firstDispatchNs: 10 * median,
    stages: { uploadNs: 1, deviceNs: median, readbackNs: 1, endToEndNs: median + 2 },
    ...(ratio !== undefined && { vsFp32: { ratio, ci95: [ratio * 0.99, ratio * 1.01] as const } }),
    shared: { program: 'p', with: 0 },
  }
}

type Keys<T> = T extends unknown ? keyof T : never
type Value<T, K extends PropertyKey> = T extends { readonly [P in K]?: infer V } ? V : never
/** Fields of a cell, whatever its method. */
export type Change = { readonly [K in Keys<Cell>]?: Value<Cell, K> }

/** An FP32 cell, with whatever is to be different. */
export function floatCell(change: Change = {}): Cell {
  const cell = {
    workload: 'digits',
    method: 'none',
    precision: 'fp32',
    weights: { bits: 32, scheme: 'none', granularity: 'none' },
    activations: { bits: 32, scheme: 'none', granularity: 'none' },
    calibration: 'none',
    kernels: 'webgpu',
    adapter: 'soft',
    status: 'ok',
    task: {
      id: 'classification',
      metric: 'top-1 accuracy',
      unit: 'fraction',
      higherIsBetter: true,
      value: 0.98,
      fp32: 0.98,
      loss: 0,
      ci95: [0, 0],
      samples: 1000,
      device: 'webgpu/soft',
    },
    latency: latency(1000),
    memory: { weightBytes: 4000, activationPeakBytes: 800, deviceBytes: 6000 },
    fallbackOps: [],
    ...change,
  } as Cell
  return { ...cell, key: cellKey(cell) }
}

/** A per-channel INT8 cell that loses `drop`, give or take `half`. */
export function int8Cell(drop: number, half: number, change: Change = {}): Cell {
  return floatCell({
    method: 'ptq',
    precision: 'int8',
    weights: { bits: 8, scheme: 'symmetric', granularity: 'per-channel' },
    activations: { bits: 8, scheme: 'affine', granularity: 'per-tensor' },
    calibration: 'minmax',
    task: {
      id: 'classification',
      metric: 'top-1 accuracy',
      unit: 'fraction',
      higherIsBetter: true,
      value: 0.98 - drop,
      fp32: 0.98,
      loss: drop,
      ci95: [drop - half, drop + half],
      samples: 1000,
      device: 'webgpu/soft',
    },
    fidelity: { sqnrDb: 30.5, maxAbsError: 0.25, agreement: 0.99 },
    outputsHash: '0123456789abcdef',
    latency: latency(1500, 0.66),
    memory: { weightBytes: 1100, activationPeakBytes: 200, deviceBytes: 2000 },
    ...change,
  })
}

const LAYER: Layer = {
  workload: 'digits',
  tensor: 'conv1',
  range: [0, 6],
  histogram: { lo: 0, width: 1, counts: [5, 4, 3, 2, 1, 1] },
  shift: { ks: 0.1, wasserstein: 0.2, js: 0.05, psi: 0.01 },
  chosen: {
    calibration: 'minmax',
    evidence: [
      { calibration: 'minmax', sqnrDb: null },
      { calibration: 'entropy', sqnrDb: 12 },
    ],
  },
  fp16: { verdict: 'absorbed', words: 'a sentence', largest: 70000 },
  perCalibration: {
    minmax: {
      lo: 0,
      hi: 6,
      scale: 0.02,
      zeroPoint: -128,
      clipped: 0,
      saturated: 0.1,
      usedLevels: 90,
      sqnrDb: null,
      scaleInterval: null,
    },
    entropy: {
      lo: 0,
      hi: 4,
      scale: 0.01,
      zeroPoint: -128,
      clipped: 0.1,
      saturated: 0.2,
      usedLevels: 80,
      sqnrDb: 12,
      clipErrorShare: 0.6,
      scaleInterval: [0.009, 0.011],
    },
  },
}

/** A run in which every optional field is filled, over the given cells. */
export function sampleRun(cells: readonly Cell[] = [floatCell(), int8Cell(0.001, 0.002)]): Run {
  return {
    schema: 2,
    run: {
      id: 'r1',
      startedAt: '2025-01-02T03:04:05.000Z',
      finishedAt: '2025-01-02T03:05:05.000Z',
      commit: 'abc',
      dirty: false,
      command: 'octet bench',
      seed: 1,
      shard: [1, 2],
    },
    machine: {
      fingerprint: 'f1',
      cpu: 'cpu',
      cores: 2,
      memoryBytes: 1024,
      os: 'os',
      runtime: 'node 20',
      adapters: [DEVICE],
    },
    workloads: [...new Set(cells.map(({ workload }) => workload))].map((id) => ({
      id,
      title: id,
      description: 'classification',
      task: 'classification',
      classes: ['a', 'b'],
      macs: 1000,
      baseline: 0.5,
      licence: 'MIT',
      source: 'somewhere',
      notes: ['a note'],
      recorded: { value: 0.98, samples: 1000 },
      calibrationSamples: 100,
      evaluationSamples: { used: 1000, available: 10000 },
    })),
    cells,
    layers: [LAYER],
    kernels: [
      {
        package: 'webgpu',
        op: 'Gemm',
        precision: 'int8',
        shape: 'gemm 8x8x8',
        adapter: 'soft',
        models: ['ResNet-8'],
        weightBits: 4,
        variant: 'polyfill',
        picked: true,
        gops: 1,
        gbps: 1,
        samples: [1, 2],
        clock: 'gpu',
        firstDispatchNs: 100,
        ofPeak: { unit: 'dot4', share: 0.5 },
        vsFp32: { ratio: 1.5, ci95: [1.4, 1.6] },
        peers: [{ name: 'peer', precision: 'fp32', ratio: 2, ci95: [1, 3], note: 'n' }],
        drift: 1.01,
      },
    ],
    notTimed: [
      {
        package: 'webgpu',
        adapter: 'soft',
        op: 'Gemm',
        precision: 'int8',
        weightBits: 4,
        shape: 'gemm 8x8x8',
        variant: 'polyfill',
        peer: { name: 'peer', precision: 'f16' },
        reason: 'it computes something else',
      },
    ],
    peaks: [{ package: 'webgpu', adapter: 'soft', unit: 'f32', rate: 10, by: '8 chains', clock: 'gpu' }],
    networks: [
      {
        workload: 'digits',
        calibration: 'minmax',
        samples: 8,
        layers: [
          {
            name: 'conv',
            op: 'Conv',
            inputs: ['input'],
            output: 'conv.output',
            shape: [2, 4, 4],
            macs: 1000,
            weights: {
              channels: 2,
              ranges: [
                [-1, 1],
                [-0.1, 0.2],
              ],
              sqnrDb: { perTensor: 30, perChannel: null },
            },
            alone: { perTensor: 20, perChannel: 40 },
          },
        ],
      },
    ],
    profiles: [
      {
        workload: 'digits',
        kernels: 'webgpu',
        adapter: 'soft',
        program: 'p',
        precision: 'int8',
        hostToHost: { median: 1000, ci95: [990, 1010], samples: 9 },
        stages: {
          decodeNs: 100,
          uploadNs: 50,
          normalizeNs: 50,
          quantizeNs: 100,
          computeNs: 400,
          dequantizeNs: 50,
          submitNs: 50,
          readbackNs: 50,
          answerNs: 250,
          restNs: -100,
        },
        ideal: [{ process: '45 nm', ratio: [4, 9], source: 'a table' }],
        device: {
          clock: 'gpu',
          wholeNs: 590,
          restNs: -10,
          by: 'prefixes',
          layers: [{ node: 'conv', op: 'Conv', ns: 600, macs: 1000, bytes: 300 }],
        },
      },
    ],
    models: [
      {
        workload: 'digits',
        package: 'webgpu',
        adapter: 'soft',
        macs: 1000,
        times: [
          {
            by: 'octet',
            precision: 'int8',
            samples: [10, 11, 12, 13, 14, 15],
            overhead: [1, 2, 3, 4, 5, 6],
            vsFp32: { ratio: 1.5, ci95: [1.4, 1.6] },
          },
          {
            by: 'peer',
            precision: 'fp32',
            samples: [30, 31, 32, 33, 34, 35],
            overhead: [3, 4, 5, 6, 7, 8],
            ours: [{ precision: 'int8', ratio: { ratio: 3, ci95: [2, 4] } }],
            note: 'n',
          },
        ],
        absent: [{ by: 'other', precision: 'fp32', reason: 'not installed' }],
      },
    ],
    findings: [
      {
        workload: 'digits',
        id: 'clipping',
        severity: 'warning',
        tensor: 'conv1',
        value: 0.1,
        threshold: 0.02,
        verdict: 'a sentence',
      },
      {
        workload: 'digits',
        id: 'too-few-samples',
        severity: 'fault',
        tensor: null,
        value: null,
        threshold: 0.4,
        verdict: 'a sentence',
      },
    ],
  }
}
