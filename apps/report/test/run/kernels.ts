import type { Run } from '@octet/results'
import { rounds } from './random.ts'

export function kernels(random: () => number): Run['kernels'] {
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

export function race(random: () => number): NonNullable<Run['models']>[number] {
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
