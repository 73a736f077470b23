import { expect, test } from 'vitest'
import { parseRun, type Profile, withIdeal } from '../src/index.ts'
import { floatCell, int8Cell, latency, sampleRun } from './sample.ts'

const [SAMPLE] = sampleRun().profiles!

function profileOf(precision: Profile['precision'], program: string, bytes: number): Profile {
  const { ideal: _ideal, ...sample } = SAMPLE
  const layers = [{ node: 'conv', op: 'Conv', ns: 1, macs: 1e6, bytes }]
  return { ...sample, precision, program, device: { ...sample.device, layers } }
}

function cells() {
  const shared = (program: string) => ({ latency: { ...latency(100), shared: { program, with: 0 } } })
  const memory = (weightBytes: number) => ({
    memory: { weightBytes, activationPeakBytes: 8000, arenaBytes: 8000, deviceBytes: 1 },
  })
  return [floatCell({ ...shared('a'), ...memory(4000) }), int8Cell(0, 0, { ...shared('b'), ...memory(1000) })]
}

test('the ratio of an ideal datapath is that of arithmetic and traffic, at its least and its most', () => {
  const profiles = [profileOf('fp32', 'a', 4000 + 8000), profileOf('int8', 'b', 1000 + 2000)]
  const run = parseRun(JSON.parse(JSON.stringify(withIdeal({ ...sampleRun(cells()), profiles }))))
  const [fp32, int8] = run.profiles!
  expect(fp32.ideal).toBeUndefined()
  expect(int8.ideal!.map(({ process }) => process)).toEqual(['45 nm', '7 nm'])
  const [{ ratio, source }] = int8.ideal!
  expect(source).toContain('Horowitz')
  const energy = (pj: number, bytes: number, weights: number, far: number): number =>
    1e6 * pj + (bytes / 8) * 10 + (weights / 8) * far
  const ratios = [100, 1300, 2600].map((far) => energy(4.6, 8000, 4000, far) / energy(0.3, 2000, 1000, far))
  expect(ratio[0]).toBeCloseTo(Math.min(...ratios), 9)
  expect(ratio[1]).toBeCloseTo(Math.max(...ratios), 9)
  const stale = profiles.map((profile) => Object.assign({ ideal: [] }, profile))
  expect(withIdeal({ ...run, profiles: stale }).profiles![1].ideal).toEqual(int8.ideal)
})

test('without FP32 on the same device, or without memory, there is no ratio', () => {
  const int8 = profileOf('int8', 'b', 3000)
  const away = { ...profileOf('fp32', 'a', 12_000), adapter: 'other' }
  for (const profiles of [[int8], [away, int8], [profileOf('fp32', 'unknown', 12_000), int8]])
    expect(withIdeal({ ...sampleRun(cells()), profiles }).profiles).toEqual(profiles)
  const { profiles: _profiles, ...bare } = sampleRun()
  expect(withIdeal(bare)).toEqual(bare)
})
