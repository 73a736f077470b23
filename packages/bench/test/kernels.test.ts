import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  elements,
  type KernelDevice,
  lower,
  modelOf,
  openReference,
  type OpSpec,
  type Peak,
  tensor,
  type Tensor,
  KERNEL_PRECISIONS,
  type KernelPrecision,
} from '@octet/core'
import { parseRun } from '@octet/results'
import { openWorkload } from '@octet/workloads'
import { describe, expect, test } from 'vitest'
import { RenewableDevice } from '../src/discover/renewable.ts'
import { PROBLEMS, problemsOf } from '../src/kernels/catalog.ts'
import type { Selection } from '../src/kernels/device-survey.ts'
import { instantiate } from '../src/kernels/instance.ts'
import type { Problem } from '../src/kernels/problem.ts'
import { raceKernels } from '../src/kernels/race.ts'
import { shareOfRoof } from '../src/kernels/roof.ts'
import { type Survey, surveyKernels } from '../src/kernels/survey.ts'
import { surveyInWords } from '../src/show/kernels.ts'
import { SILENT } from '../src/show/reporter.ts'
import { temporaryFolder } from './folder.ts'
import { deviceWith } from './little-sweep.ts'
import { inProcess, refusal } from './session.ts'

const FEW = { rounds: 6, regionNs: 1, budgetNs: 1 }
const SMALL = problemNamed('gemm 1x32x5')

function problemNamed(shape: string): Problem {
  return PROBLEMS.find((one) => one.shape === shape)!
}

async function computed({ op, spec }: Problem, precision: KernelPrecision): Promise<Tensor> {
  const device = openReference()
  const instance = instantiate(spec(precision))
  const prepared = await device.prepare(instance.spec, instance.constants)
  const inputs = instance.inputs.map((input) => device.alloc(input))
  for (const [index, input] of instance.inputs.entries()) await device.write(inputs[index], input)
  const output = device.alloc(instance.spec.output)
  expect(instance.spec.op).toBe(op)
  await device.submit([{ op: prepared, inputs, output }])
  return device.read(output)
}

async function survey(parts: Partial<KernelDevice>, change: Partial<Selection> = {}): Promise<Survey> {
  const fresh = (): KernelDevice => deviceWith('soft', parts)
  const device = new RenewableDevice('k', fresh(), async () => fresh())
  const selection = {
    problems: [SMALL],
    precisions: KERNEL_PRECISIONS,
    variants: 'picked',
    peers: [],
    ...change,
  } as const
  return surveyKernels([device], selection, SILENT, { own: FEW, peers: FEW })
}

/** A device whose ops come in variants, each of which tells its name. */
function withVariants(broken: string): Partial<KernelDevice> {
  const reference = openReference()
  return {
    variants: () => ['plain', 'tiled', 'broken'],
    prepare: async (spec, constants, variant) => {
      if (variant === broken) throw new Error('it does not compile')
      return Object.assign(await reference.prepare(spec, constants), { variant: variant ?? 'plain' })
    },
  }
}

describe('the shapes of octet kernels', () => {
  test('are told apart by their names, and the core ones have every op', () => {
    const names = PROBLEMS.map(({ shape }) => shape)
    expect(new Set(names).size).toBe(names.length)
    const ops = new Set(PROBLEMS.map(({ op }) => op))
    expect(new Set(problemsOf('core').map(({ op }) => op))).toEqual(ops)
    expect(problemsOf('all')).toHaveLength(PROBLEMS.length)
  })

  test.each(['mnist-cnn', 'fashion-mobilenet', 'weather-mlp'])(
    'hold every product and convolution of %s',
    async (id) => {
      const { graph, normalizer } = await openWorkload(id)
      const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch: 1, normalizer })
      const wanted = program.steps
        .map(({ spec }) => spec)
        .filter(({ op }) => op === 'Conv' || op === 'Gemm')
        .map(essence)
      const there = PROBLEMS.filter(({ models }) => models.includes(id)).map(({ spec }) =>
        essence(spec('fp32')),
      )
      expect(new Set(there)).toEqual(new Set(wanted))
    },
  )

  test.each(PROBLEMS.filter(({ spec }) => elements(spec('int8').output.shape) < 4000))(
    '$shape is an op that the reference takes in each of its precisions',
    ({ precisions, spec }) => {
      for (const precision of precisions) expect(openReference().supports(spec(precision))).toBe(true)
    },
  )

  test('are filled with the same numbers in every precision, so that products agree to rounding', async () => {
    const problem = problemNamed('gemm 1x48x32')
    const [fp32, fp16, int8] = await Promise.all(
      (['fp32', 'fp16', 'int8'] as const).map((one) => computed(problem, one)),
    )
    const { constants } = instantiate(problem.spec('int8'))
    if (constants.kind !== 'int-weights') throw new Error('a Gemm has weights')
    const largest = Math.max(...Array.from(fp32.data, Math.abs))
    expect(largest).toBeGreaterThan(1)
    expect(int8.data.some((q) => Math.abs(q) > 10)).toBe(true)
    for (const [i, value] of fp32.data.entries()) {
      const q = Math.round(value * 2 ** 12 * constants.multiplier[0]) + constants.outputZeroPoint
      expect(int8.data[i]).toBe(Math.max(-128, Math.min(127, q)))
      expect(Math.abs(halfToNumber(fp16.data[i]) - value)).toBeLessThan(largest * 1e-3)
    }
  })
})

describe('a survey', () => {
  test('times what a device has in every precision, and keeps what a run keeps', async () => {
    const { kernels, conformance, notTimed } = await survey({})
    expect(kernels.map(({ precision, weightBits }) => [precision, weightBits])).toEqual([
      ['fp32', undefined],
      ['fp16', undefined],
      ['int8', undefined],
      ['int8', 4],
    ])
    for (const one of kernels) {
      expect(one).toMatchObject({ package: 'k', adapter: 'soft', picked: true, models: ['weather-mlp'] })
      expect(one.samples).toHaveLength(6)
      expect(one.firstDispatchNs).toBeGreaterThan(0)
    }
    expect(conformance[0]).toMatchObject({ failed: [] })
    expect(notTimed).toEqual([])
  })

  test('times every variant when asked, but for one that fails conformance, which it names', async () => {
    const { kernels, conformance } = await survey(withVariants('broken'), {
      variants: 'all',
      precisions: ['fp32'],
    })
    expect(kernels.map(({ variant, picked }) => [variant, picked])).toEqual([
      ['plain', true],
      ['tiled', false],
    ])
    expect(new Set(conformance[0].failed.map(({ variant }) => variant))).toEqual(new Set(['broken']))
  })

  test('leaves out by name a variant that compiles for conformance and not for the shape', async () => {
    const reference = openReference()
    const device = deviceWith('soft', {
      variants: () => ['plain', 'large'],
      prepare: async (spec, constants, variant) => {
        if (variant === 'large') throw new Error('too large a tile')
        return Object.assign(await reference.prepare(spec, constants), { variant: 'plain' })
      },
    })
    const { kernels, notTimed } = await raceKernels(
      SMALL,
      [{ precision: 'fp32', others: ['large'] }],
      { kernels: 'k', device, peaks: [] },
      FEW,
    )
    expect(kernels.map(({ variant }) => variant)).toEqual(['plain'])
    expect(notTimed).toMatchObject([{ variant: 'large', reason: 'too large a tile', precision: 'fp32' }])
  })

  test('does not time a kernel that is wrong, and says how it is', async () => {
    const reference = openReference()
    const { kernels, notTimed, conformance } = await survey(
      {
        read: async (held) => {
          const read = await reference.read(held)
          return read.dtype === 'int8' ? tensor('int8', read.shape) : read
        },
      },
      { precisions: ['fp32', 'int8'] },
    )
    expect(kernels.map(({ precision }) => precision)).toEqual(['fp32'])
    expect(conformance[0].failed.length).toBeGreaterThan(0)
    expect(notTimed).toMatchObject([
      { precision: 'int8', reason: expect.stringMatching(/fails conformance/) },
    ])
  })

  test('goes on when a precision breaks the device: the others are timed on a fresh one', async () => {
    const reference = openReference()
    const { kernels, notTimed } = await survey(
      {
        time: async (steps, repeats) => {
          if (steps[0].op.spec.inputs[0].dtype === 'float16') throw new Error('the device was lost')
          return reference.time(steps, repeats)
        },
      },
      { precisions: ['fp32', 'fp16', 'int8'] },
    )
    expect(kernels.map(({ precision }) => precision)).toEqual(['fp32', 'int8'])
    expect(notTimed).toMatchObject([{ precision: 'fp16', reason: 'the device was lost' }])
  })

  test('tunes the selected kernels first, measures the roof, and says how near each comes to it', async () => {
    const tuned: OpSpec[] = []
    const result = await survey(
      {
        tune: async (specs) => {
          tuned.push(...specs)
          return specs.map((spec) => ({
            spec,
            variant: 'tiled',
            source: 'measured' as const,
            rejected: [{ variant: 'odd', reason: 'too slow to compile' }],
          }))
        },
        roofline: async () => [{ unit: 'f32', rate: 1000, by: 'chains', clock: 'wall' }],
      },
      { tuneMs: 10, precisions: ['fp32', 'int8'] },
    )
    expect(tuned.map(({ inputs }) => inputs[0].dtype)).toEqual(['float32', 'int8'])
    expect(result.peaks).toEqual([
      { package: 'k', adapter: 'soft', unit: 'f32', rate: 1000, by: 'chains', clock: 'wall' },
    ])
    expect(result.kernels[0].ofPeak?.share).toBeCloseTo(result.kernels[0].gops / 1000)
    expect(result.kernels[1].ofPeak).toBeUndefined()
    const text = surveyInWords(result)
    expect(text).toContain('tuned 2')
    expect(text).toContain('given up: odd for gemm 1x32x5: too slow to compile')
    expect(text).toContain('peak f32 1000 GOP/s')
  })
})

describe('the share of the roof', () => {
  const peak = (unit: Peak['unit'], rate: number): Peak => ({ unit, rate, by: 'x', clock: 'gpu' })
  const PEAKS = [peak('f32', 100), peak('f16', 150), peak('dot4', 400), peak('copy', 10)]

  test.each([
    ['fp32', { gops: 50, gbps: 1 }, { unit: 'f32', share: 0.5 }],
    ['fp32', { gops: 10, gbps: 8 }, { unit: 'copy', share: 0.8 }],
    ['fp16', { gops: 75, gbps: 1 }, { unit: 'f16', share: 0.5 }],
    ['int8', { gops: 100, gbps: 1 }, { unit: 'dot4', share: 0.25 }],
    ['w4a8', { gops: 200, gbps: 1 }, { unit: 'dot4', share: 0.5 }],
    ['int8', { gops: 0, gbps: 5 }, { unit: 'copy', share: 0.5 }],
  ] as const)('of %s at %o is %o: the nearer of precision and copying', (precision, rates, share) => {
    expect(shareOfRoof(precision, rates, PEAKS)).toEqual(share)
  })

  test('is that of the fastest unit for the precision, and none where nothing was measured', () => {
    const faster = [...PEAKS, peak('subgroup-matrix int8', 1000)]
    expect(shareOfRoof('int8', { gops: 100, gbps: 0 }, faster)).toEqual({
      unit: 'subgroup-matrix int8',
      share: 0.1,
    })
    expect(shareOfRoof('int8', { gops: 100, gbps: 1 }, [])).toBeUndefined()
  })
})

describe('octet kernels', () => {
  test('answers with a run that has kernels alone', async () => {
    const { code, stdout } = await inProcess(
      'kernels',
      '--kernels',
      'reference',
      '--shape',
      'weather',
      '--precision',
      'fp32,w4a8',
      '--json',
      '-',
    )
    expect(code).toBe(0)
    const run = parseRun(JSON.parse(stdout))
    expect(run.cells).toEqual([])
    expect(run.kernels.map(({ shape, weightBits }) => [shape, weightBits])).toEqual(
      ['gemm 1x8x48', 'gemm 1x48x32', 'gemm 1x32x5'].flatMap((shape) => [
        [shape, undefined],
        [shape, 4],
      ]),
    )
  })

  test('adds to a results file, in place of what it had of the same shape', async () => {
    const file = join(temporaryFolder(), 'run.json')
    const time = async (shape: string, ...flags: string[]): Promise<void> => {
      const { code } = await inProcess('kernels', '--kernels', 'reference', '--shape', shape, ...flags)
      expect(code).toBe(0)
    }
    await time('gemm 1x32x5', '--precision', 'fp32', '--json', file)
    await time('gemm 1x8x48', '--precision', 'fp32', '--into', file)
    await time('gemm 1x32x5', '--precision', 'int8', '--into', file)
    const { kernels } = parseRun(JSON.parse(readFileSync(file, 'utf8')))
    expect(kernels.map(({ shape, precision }) => [shape, precision])).toEqual([
      ['gemm 1x8x48', 'fp32'],
      ['gemm 1x32x5', 'int8'],
    ])
  })

  test.each([
    [['--suite', 'huge'], 'there is no suite "huge"'],
    [['--precision', 'int2'], 'there is no precision "int2"'],
    [['--peers', 'cuda'], 'there is no peer "cuda"'],
    [['--tune', '-1'], '--tune'],
  ])('refuses %j', async (flags, line) => {
    expect(await refusal('kernels', '--kernels', 'reference', '--shape', 'gemm 1x32x5', ...flags)).toContain(
      line,
    )
  })
})

/** What of a spec decides its work. */
function essence(spec: OpSpec): string {
  const { op, inputs, output } = spec
  const window = spec.op === 'Conv' ? [spec.kernel, spec.strides, spec.pads, spec.group] : []
  return JSON.stringify([op, inputs.map(({ shape }) => shape), output.shape, window])
}

/** A half of a moderate size, from its bits. */
function halfToNumber(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15, (bits >> 10) & 31, bits & 1023]
  return (sign ? -1 : 1) * 2 ** (exponent - 15) * (1 + fraction / 1024)
}
