import { type Cell, configurationKey, type Run, type Training } from '@octet/results'
import { cellsOf, WORKLOADS } from './cells.ts'
import { kernels, race } from './kernels.ts'
import { FINDINGS, layersOf } from './layers.ts'
import { networkOf } from './networks.ts'
import { profiles } from './profiles.ts'
import { mulberry32 } from './random.ts'

/**
 * SYNTHETIC: not one figure here was measured. It exists to put every state that a run can be in on one page
 * (skipped, failed, unstable, fallback, two devices, kernels with peers, 4-bit weights, transforms, findings of every
 * severity, hostile text), which no single real sweep does.
 */
export function syntheticRun(): Run {
  const random = mulberry32(7)
  const cells = WORKLOADS.flatMap((workload) => cellsOf(workload, random))
  return {
    schema: 2,
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
    profiles: profiles(cells),
    networks: WORKLOADS.slice(0, 2).map(({ info }) => networkOf(info.id)),
    sufficiency: [sufficiencyOf(WORKLOADS[1].info.id)],
    findings: FINDINGS,
    trainings: cells.filter(isTrained).map(trainingOf),
  }
}

/** A curve that 64 of 256 samples are enough by. */
function sufficiencyOf(workload: string): NonNullable<Run['sufficiency']>[number] {
  const sizes = [16, 32, 64, 128, 256]
  return {
    workload,
    calibration: 'mse',
    calibrationSamples: 256,
    draws: 8,
    judged: { samples: 2000, of: 'evaluation' },
    figure: 'loss',
    maxDoubt: 0.0025,
    points: sizes.map((samples, i) => ({
      samples,
      sqnrDb: { value: 28 + i, ci95: [27 + i, 29 + i] },
      loss: { value: 0.004 / (i + 1), ci95: [-0.001, 0.008 / (i + 1)] },
    })),
    sufficiency: {
      enough: 64,
      doubt: 0.0008,
      doubts: sizes.map((samples, i) => ({ samples, doubt: 0.004 / (i + 1) })),
    },
  }
}

/** One device's QAT cells: integers are the same on all. */
function isTrained({ method, kernels }: Cell): boolean {
  return method === 'qat' && kernels === 'synthetic-gpu'
}

/**
 * A training that was kept before its end; that of min-max was saved in an earlier run, so what it cost is not known.
 */
function trainingOf(cell: Cell): Training {
  const accuracy = cell.task!.value
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
      value: accuracy - 0.05 * Math.abs(1 - step / 60),
      loss: 0.05 + Math.abs(step - 60) / 200,
    })),
    best: 60,
    steps: 100,
    stoppedEarly: true,
  }
}
