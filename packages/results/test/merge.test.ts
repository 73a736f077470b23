import { expect, test } from 'vitest'
import { mergeRuns, type Run } from '../src/index.ts'
import { floatCell, int8Cell, sampleRun } from './sample.ts'

/** Shards of a sweep of twelve parts: part i holds cell i. */
const SHARDS: readonly Run[] = Array.from({ length: 12 }, (_, i) => {
  const run = sampleRun([i === 0 ? floatCell() : int8Cell(0, 0, { calibration: `percentile-${i}` })])
  return {
    ...run,
    run: {
      ...run.run,
      id: `part-${i}`,
      startedAt: `2025-01-02T03:04:${40 - i}.000Z`,
      shard: [i + 1, 12] as const,
    },
  }
})

test('shards in any order make one whole run: every cell, each workload and layer once', () => {
  const merged = mergeRuns('whole', SHARDS.toReversed())
  expect(merged.cells).toHaveLength(12)
  expect(merged.workloads).toEqual(SHARDS[0].workloads)
  expect(merged.layers).toEqual(SHARDS[0].layers)
  expect(merged.run).toMatchObject({ id: 'whole', startedAt: '2025-01-02T03:04:29.000Z' })
  expect(merged.run.shard).toBeUndefined()
  expect(merged.models).toHaveLength(12)
})

test.each<[string, readonly Run[], RegExp]>([
  ['nothing', [], /nothing to merge/],
  ['a missing part', SHARDS.slice(1), /not the parts of one sweep/],
  ['a part twice', [...SHARDS, SHARDS[3]], /not the parts of one sweep/],
  [
    'a whole run',
    [{ ...SHARDS[0], run: { ...SHARDS[0].run, shard: [1, 1] } }, ...SHARDS.slice(1)],
    /not the parts/,
  ],
  [
    'another seed',
    [...SHARDS.slice(1), { ...SHARDS[0], run: { ...SHARDS[0].run, seed: 9 } }],
    /another seed or commit/,
  ],
  ...(
    [
      ['other models', { modelHashes: { points: 'x' } }, /have other models/],
      ['other data', { dataHash: 'x' }, /have other data/],
      ['other options', { optionsHash: 'x' }, /have other options/],
      ['another program', { programHash: 'x' }, /have another build of octet or its kernels/],
    ] as const
  ).map(([what, hashes, said]): [string, readonly Run[], RegExp] => [
    what,
    [...SHARDS.slice(1), { ...SHARDS[0], run: { ...SHARDS[0].run, ...hashes } }],
    said,
  ]),
  [
    'another machine',
    [...SHARDS.slice(1), { ...SHARDS[0], machine: { ...SHARDS[0].machine, os: 'another' } }],
    /different machines/,
  ],
  [
    'a cell twice',
    [...SHARDS.slice(1), { ...SHARDS[0], cells: SHARDS[1].cells }],
    /a cell is in two of the shards/,
  ],
])('%s is refused', (_, shards, said) => {
  expect(() => mergeRuns('whole', shards)).toThrow(said)
})
