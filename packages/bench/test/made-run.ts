import { type Cell, cellKey, type Run } from '@octet/results'

/** A cell of per-channel INT8, with whatever is to be different. */
export function cell(change: Partial<Cell> = {}): Cell {
  const made = {
    workload: 'digits',
    method: 'ptq',
    precision: 'int8',
    weights: { bits: 8, scheme: 'symmetric', granularity: 'per-channel' },
    activations: { bits: 8, scheme: 'affine', granularity: 'per-tensor' },
    calibration: 'minmax',
    kernels: 'k',
    adapter: 'a',
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
      device: 'k/a',
    },
    memory: { weightBytes: 12_345, activationPeakBytes: 200, deviceBytes: 300 },
    fallbackOps: [],
    ...change,
  } as Cell
  return { ...made, key: cellKey(made) }
}

/** A run of one machine over some cells. */
export function run(id: string, cells: readonly Cell[]): Run {
  return {
    schema: 2,
    run: {
      id,
      startedAt: '2026-01-02T03:04:05.000Z',
      finishedAt: '2026-01-02T03:05:05.000Z',
      commit: '0123456789abcdef',
      dirty: true,
      command: 'octet bench',
      seed: 7,
    },
    machine: {
      fingerprint: 'f',
      cpu: 'a CPU',
      cores: 2,
      memoryBytes: 1024,
      os: 'os',
      runtime: 'node 20',
      adapters: [],
    },
    workloads: [],
    cells,
    layers: [],
    kernels: [],
  }
}
