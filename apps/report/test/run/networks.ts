import type { Network } from '@octet/results'

/**
 * A network of two branches that meet: one of its layers breaks where its channels share a scale, one was not looked
 * into, and one has no weights.
 */
export function networkOf(workload: string): Network {
  const ranges = Array.from({ length: 16 }, (_, i): [number, number] => [-9 / 2 ** i, 8 / 2 ** i])
  const weights = { channels: 16, ranges, sqnrDb: { perTensor: 31.4, perChannel: 46.2 } }
  const conv = { op: 'Conv', shape: [16, 14, 14], macs: 28_224, weights }
  return {
    workload,
    calibration: 'minmax',
    samples: 15,
    layers: [
      {
        ...conv,
        name: 'stem',
        inputs: ['input'],
        output: 'stem.relu',
        alone: { perTensor: 34, perChannel: 38.1 },
      },
      {
        ...conv,
        name: 'block1.depthwise',
        inputs: ['stem.relu'],
        output: 'block1.depthwise.relu6',
        alone: { perTensor: 2.4, perChannel: 34.1 },
      },
      { ...conv, name: 'block1.<b>skip</b>', inputs: ['stem.relu'], output: 'block1.skip' },
      {
        name: 'block1.add',
        op: 'Add',
        inputs: ['block1.depthwise.relu6', 'block1.skip'],
        output: 'block1.sum',
        shape: [16, 14, 14],
        macs: 0,
      },
      {
        name: 'head',
        op: 'Gemm',
        inputs: ['block1.sum'],
        output: 'head.logits',
        shape: [10],
        macs: 7_840,
        weights: { channels: 10, ranges: [[-1, 1]], sqnrDb: { perTensor: 40, perChannel: null } },
        alone: { perTensor: 25.2, perChannel: null },
      },
    ],
  }
}
