import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { load } from '../../src/execute/load.ts'
import { lower } from '../../src/execute/lower.ts'
import { programKey, type Program } from '../../src/execute/program.ts'
import { answerOf } from '../../src/execute/trace.ts'
import { modelOf, type Model } from '../../src/model/layers.ts'
import type { LayerPrecision, MixedModel } from '../../src/model/quantized.ts'
import { openReference } from '../../src/reference/device.ts'
import { sqnrDb } from '../../src/sensitivity/fidelity.ts'
import { assignedLayers, mix, uniform, type Candidates } from '../../src/sensitivity/mix.ts'
import { GraphBuilder } from '../model/graphs.ts'
import { chain, IDENTITY, samples } from '../quantize/nets.ts'
import { candidatesOf } from '../sensitivity/nets.ts'

const OPTIONS = { batch: 4, normalizer: IDENTITY } as const
const X = samples([4, 3, 8, 8], 5)

/** A stem read by two branches and by their sum, then Softmax. */
function branches(): Model {
  const build = new GraphBuilder(5)
  const conv = (name: string, input: string, inputs: number): string =>
    build.relu(
      `${name}.act`,
      build.conv(name, input, [4, inputs, 3, 3], { pads: [1, 1, 1, 1], bias: 'random' }),
    )
  const add = (name: string, ...inputs: string[]): string =>
    build.add({ op: 'Add', name, inputs, output: `${name}.y`, attributes: null })
  const stem = conv('stem', 'x', 3)
  const sum = add('sum', add('inner', conv('left', stem, 4), conv('right', stem, 4)), stem)
  const pooled = build.add({
    op: 'GlobalAveragePool',
    name: 'gap',
    inputs: [sum],
    output: 'gap.y',
    attributes: null,
  })
  const logits = build.gemm('fc', build.flatten('flat', pooled), 4, 4)
  build.add({ op: 'Softmax', name: 'p', inputs: [logits], output: 'p.y', attributes: { axis: 1 } })
  return modelOf(build.graph([3, 8, 8]))
}

function mixed(candidates: Candidates, ...precisions: LayerPrecision[]): MixedModel {
  const names = assignedLayers(candidates.int8.model)
  return mix(candidates, new Map(names.map((name, i) => [name, precisions[i]])))
}

function opsOf({ steps }: Program): string[] {
  return steps.map(
    ({ name, spec }) =>
      `${name}: ${spec.inputs.map(({ dtype }) => dtype).join(', ')} to ${spec.output.dtype}`,
  )
}

describe('a mixed model', () => {
  test('all in one precision is that program and nothing else', async () => {
    for (const model of [chain(), branches()]) {
      const candidates = await candidatesOf(model)
      for (const [precision, source] of [
        ['fp16', { precision: 'fp16', model }],
        ['int8', candidates.int8],
        ['w4a8', candidates.w4a8],
      ] as const) {
        const [program, plain] = [
          lower(mix(candidates, uniform(model, precision)), OPTIONS),
          lower(source, OPTIONS),
        ]
        expect(programKey(program)).toBe(programKey(plain))
        expect(program.steps).toEqual(plain.steps)
        expect(program.precision).toBe('mixed')
      }
    }
  })

  test('converts a tensor once for all its readers, and only where precisions meet', async () => {
    const candidates = await candidatesOf(branches())
    expect(opsOf(lower(mixed(candidates, 'int8', 'fp16', 'fp16', 'w4a8'), OPTIONS))).toEqual([
      'normalize: float32 to int8',
      'stem: int8 to int8',
      'DequantizeLinear stem.act.y: int8 to float16',
      'left: float16 to float16',
      'right: float16 to float16',
      'inner: float16, float16 to float16',
      'sum: float16, float16 to float16',
      'gap: float16 to float16',
      'flat: float16 to float16',
      'QuantizeLinear flat.y: float16 to int8',
      'fc: int8 to int8',
      'DequantizeLinear fc.y: int8 to float32',
      'p: float32 to float32',
    ])
  })

  test('makes both forms of its input from the raw samples', async () => {
    const build = new GraphBuilder(2)
    const [a, b] = ['a', 'b'].map((name) => build.conv(name, 'x', [2, 3, 1, 1], { bias: 'random' }))
    build.add({ op: 'Add', name: 'sum', inputs: [a, b], output: 'y', attributes: null })
    const candidates = await candidatesOf(modelOf(build.graph([3, 8, 8])))
    expect(opsOf(lower(mixed(candidates, 'fp16', 'int8'), OPTIONS))).toEqual([
      'normalize: float32 to float16',
      'a: float16 to float16',
      'normalize: float32 to int8',
      'b: int8 to int8',
      'DequantizeLinear b.y: int8 to float16',
      'sum: float16, float16 to float16',
    ])
  })

  test('runs, whatever the assignment, and is as good as its worst layers let it be', async () => {
    const model = branches()
    const candidates = await candidatesOf(model)
    const float = answerOf(lower({ precision: 'fp32', model }, OPTIONS), X)
    const quality = (...precisions: LayerPrecision[]): number =>
      sqnrDb(float, answerOf(lower(mixed(candidates, ...precisions), OPTIONS), X))
    const worst = quality('w4a8', 'w4a8', 'w4a8', 'w4a8')
    const precision = fc.constantFrom<LayerPrecision>('fp16', 'int8', 'w4a8')
    fc.assert(
      fc.property(precision, precision, precision, precision, (...precisions) => {
        const decibels = quality(...precisions)
        expect(decibels).toBeGreaterThan(worst - 6)
        if (!precisions.includes('w4a8')) expect(decibels).toBeGreaterThan(30)
      }),
      { numRuns: 40 },
    )
  })

  test('loads on a device like any other program', async () => {
    const candidates = await candidatesOf(chain())
    const program = lower(mixed(candidates, 'fp16', 'int8', 'w4a8', 'fp16', 'int8'), OPTIONS)
    const execution = await load(program, openReference())
    expect(execution.fallbackOps).toEqual([])
    expect((await execution.run(X)).data).toEqual(answerOf(program, X))
  })

  test('a layer without a precision, and candidates that do not belong together, are refused', async () => {
    const [candidates, others] = [await candidatesOf(chain()), await candidatesOf(chain('relu', () => 1, 9))]
    const some = new Map([...uniform(candidates.int8.model, 'int8')].slice(1))
    expect(() => mix(candidates, some)).toThrow('layer "stem" has no precision assigned')
    expect(() => mix({ ...candidates, w4a8: others.w4a8 }, some)).toThrow('different models or calibrations')
  })
})
