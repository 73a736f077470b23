import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { create } from '@bufbuild/protobuf'
import { answerOf, lower, modelOf, tensor } from '@octet/core'
import { describe, expect, it } from 'vitest'
import { ValueInfoProtoSchema } from '../src/generated/onnx_pb.ts'
import { importOnnx } from '../src/index.ts'
import { numbers } from './graphs.ts'
import {
  constant,
  floats,
  longs,
  model,
  node,
  value,
  type AttributeValue,
  type Description,
} from './models.ts'

// Ops that ONNX's own suite has no case of, in forms that it leaves out or in other domains.

/**
 * Outputs of onnxruntime-web 1.30.0: to record them again, install it in any folder and run this test with
 * OCTET_ONNXRUNTIME=<that folder> and --update.
 */
const FIXTURE = join(import.meta.dirname, 'fixtures/foreign.json')
const runtime = process.env['OCTET_ONNXRUNTIME']

type Attributes = Readonly<Record<string, AttributeValue>>
type Entry = readonly [name: string, sample: readonly number[], description: Omit<Description, 'inputs'>]

/** The output is of any rank. */
const rows = [create(ValueInfoProtoSchema, { name: 'y', type: { tensorType: { elemType: 1 } } })]

function one(
  name: string,
  sample: readonly number[],
  op: string,
  attributes: Attributes = {},
  {
    domain = '',
    weights = [],
    opset = 13,
  }: {
    readonly domain?: string
    readonly weights?: readonly (readonly number[])[]
    readonly opset?: number
  } = {},
): Entry {
  const names = weights.map((_, i) => `w${i}`)
  const initializers = weights.map((shape, i) => floats(names[i], shape, [...numbers(shape, i + 5).data]))
  const nodes = [node(op, ['x', ...names], 'y', attributes, { domain })]
  return [
    name,
    sample,
    { opset, domains: ['', ...(domain === '' ? [] : [domain])], nodes, initializers, outputs: rows },
  ]
}

const MS = { domain: 'com.microsoft' }
const ML = { domain: 'ai.onnx.ml' }

/** Indices that a model computes, of numbers from 0 to 5. */
const places = [
  node('Abs', ['x'], 'a'),
  node('Mul', ['a', 'six'], 'b'),
  node('Floor', ['b'], 'c'),
  node('Cast', ['c'], 'i', { to: 7 }),
]
const six = floats('six', [1], [5.99])

const MODELS: readonly Entry[] = [
  one(
    'FusedConv',
    [3, 6, 6],
    'FusedConv',
    { activation: 'LeakyRelu', activation_params: { floats: [0.25] } },
    {
      ...MS,
      weights: [[4, 3, 3, 3], [4]],
    },
  ),
  one(
    'FusedGemm',
    [6],
    'FusedGemm',
    { activation: 'Relu', transB: 1, alpha: { float: 0.5 } },
    {
      ...MS,
      weights: [[5, 6], [5]],
    },
  ),
  one(
    'FusedMatMul',
    [4, 6],
    'FusedMatMul',
    { transB: 1, alpha: { float: 0.5 } },
    { ...MS, weights: [[5, 6]] },
  ),
  one('Gelu', [7], 'Gelu', {}, MS),
  one('BiasGelu', [7], 'BiasGelu', {}, { ...MS, weights: [[7]] }),
  one('FastGelu', [7], 'FastGelu', {}, { ...MS, weights: [[7]] }),
  one('QuickGelu', [7], 'QuickGelu', { alpha: { float: 1.5 } }, MS),
  [
    'SkipLayerNormalization',
    [4, 6],
    {
      domains: ['', MS.domain],
      nodes: [
        node('Relu', ['x'], 'r'),
        node('SkipLayerNormalization', ['x', 'r', 'g', 'b', 'c'], ['y'], { epsilon: { float: 1e-5 } }, MS),
      ],
      initializers: ['g', 'b', 'c'].map((name, i) => floats(name, [6], [...numbers([6], i + 3).data])),
      outputs: rows,
    },
  ],
  one('Scaler', [3], 'Scaler', { offset: { floats: [0.5, -0.25, 1] }, scale: { floats: [2, 3, 0.5] } }, ML),
  one('Scaler by one number', [3], 'Scaler', { offset: { floats: [0.5] }, scale: { floats: [2] } }, ML),
  ...['MAX', 'L1', 'L2'].map((norm) => one(`Normalizer ${norm}`, [4], 'Normalizer', { norm }, ML)),
  one(
    'LinearRegressor',
    [3],
    'LinearRegressor',
    { coefficients: { floats: [1, 2, 3, -1, 0.5, 0.25] }, intercepts: { floats: [0.5, -0.5] }, targets: 2 },
    ML,
  ),
  one(
    'Imputer',
    [4],
    'Imputer',
    { imputed_value_floats: { floats: [9] }, replaced_value_float: { float: 0.5 } },
    ML,
  ),
  ...(['Z', 'Y'] as const).map((output, i): Entry => [
    `LinearClassifier, ${i === 0 ? 'scores' : 'labels'}`,
    [3],
    {
      domains: ['', ML.domain],
      nodes: [
        node(
          'LinearClassifier',
          ['x'],
          i === 0 ? ['l', 'y'] : ['l', 'z'],
          {
            coefficients: { floats: [1, 2, 3, -1, 0.5, 0.25, 0.5, -2, 1] },
            intercepts: { floats: [0.5, -0.5, 0.125] },
            classlabels_ints: [3, 5, 9],
            post_transform: 'SOFTMAX',
          },
          ML,
        ),
        ...(output === 'Y' ? [node('Cast', ['l'], 'f', { to: 1 }), node('Reshape', ['f', 's'], 'y')] : []),
      ],
      initializers: [longs('s', [-1, 1])],
      outputs: rows,
    },
  ]),
  [
    'a Gather of rows at computed places',
    [4],
    {
      nodes: [...places, node('Gather', ['table', 'i'], 'y')],
      initializers: [six, floats('table', [6, 3], [...numbers([6, 3], 8).data])],
      outputs: rows,
    },
  ],
  [
    'places from behind, as a OneHot',
    [4],
    {
      nodes: [
        ...places,
        node('Sub', ['i', 'three'], 'j'),
        node('OneHot', ['j', 'depth', 'values'], 'y', { axis: 1 }),
      ],
      initializers: [six, longs('three', [3]), longs('depth', [4]), floats('values', [2], [-1, 2.5])],
      outputs: rows,
    },
  ],
  [
    'a quotient and a rest of integers',
    [4],
    {
      nodes: [
        ...places,
        node('Sub', ['i', 'three'], 'j'),
        node('Mul', ['j', 'seven'], 'k'),
        node('Div', ['k', 'four'], 'q'),
        node('Mod', ['k', 'four'], 'r'),
        node('Concat', ['q', 'r'], 'z', { axis: 1 }),
        node('Cast', ['z'], 'y', { to: 1 }),
      ],
      initializers: [six, longs('three', [3]), longs('seven', [7]), longs('four', [4])],
      outputs: rows,
    },
  ],
  [
    'a Cast that cuts fractions off',
    [6],
    {
      nodes: [
        node('Mul', ['x', 'six'], 'a'),
        node('Cast', ['a'], 'i', { to: 6 }),
        node('Cast', ['i'], 'y', { to: 1 }),
      ],
      initializers: [six],
      outputs: rows,
    },
  ],
  [
    'choices by comparisons',
    [6],
    {
      nodes: [
        node('Greater', ['x', 'q'], 'a'),
        node('LessOrEqual', ['x', 'h'], 'b'),
        node('And', ['a', 'b'], 'c'),
        node('Not', ['c'], 'd'),
        node('Xor', ['d', 'b'], 'e'),
        node('Where', ['e', 'x', 'h'], 'y'),
      ],
      initializers: [floats('q', [1], [-0.25]), floats('h', [6], [0.5, 0.25, 0, -0.5, 1, -1])],
      outputs: rows,
    },
  ],
  [
    'a mask that is -infinity in part',
    [3, 4],
    {
      nodes: [
        node('Max', ['x', 'none'], 'a'),
        node('Add', ['mask', 'a'], 'b'),
        node('Softmax', ['b'], 'c', { axis: 2 }),
        node('Add', ['c', 'zeros'], 'd'),
        node('Softmax', ['d'], 'y', { axis: 2 }),
      ],
      initializers: [
        floats('none', [], [-Infinity]),
        floats('mask', [3, 4], [0, -Infinity, 0.5, 0, 1, 0, 0, -Infinity, 0, 0, 0, 0.25]),
        floats('zeros', [4], [0, 0, -Infinity, 0]),
      ],
      outputs: rows,
    },
  ],
  [
    'a BatchNormalization by statistics that are computed',
    [3, 4],
    {
      nodes: [
        node('ReduceMean', ['x'], 'm', { axes: [0, 2], keepdims: 0 }),
        node('Mul', ['m', 'm'], 'v'),
        node('BatchNormalization', ['x', 's', 'o', 'm', 'v'], 'y', { epsilon: { float: 0.01 } }),
      ],
      initializers: [floats('s', [3], [1, 2, -0.5]), floats('o', [3], [0.5, 0, 0.25])],
      outputs: rows,
    },
  ],
  [
    'two of the largest, and where they are',
    [6],
    {
      nodes: [
        node('TopK', ['x', 'k'], ['v', 'i'], { axis: 1 }),
        node('Cast', ['i'], 'f', { to: 1 }),
        node('Concat', ['v', 'f'], 'y', { axis: 1 }),
      ],
      initializers: [longs('k', [3])],
      outputs: rows,
    },
  ],
  [
    'an AveragePool with dilations, a last window cut short and padding that counts',
    [2, 7, 7],
    {
      opset: 19,
      nodes: [
        node('AveragePool', ['x'], 'y', {
          kernel_shape: [2, 3],
          dilations: [2, 1],
          strides: [2, 2],
          ceil_mode: 1,
          count_include_pad: 1,
          pads: [1, 0, 1, 1],
        }),
      ],
      outputs: rows,
    },
  ],
  ...(['sizes', 'scales'] as const).map((by): Entry => [
    `a Resize by ${by}, as torch.onnx writes it`,
    [2, 3, 4],
    {
      opset: 18,
      nodes: [
        node('Resize', by === 'sizes' ? ['x', 'none', 'none', 'sizes'] : ['x', 'none', 'scales'], 'y', {
          mode: 'linear',
          coordinate_transformation_mode: 'pytorch_half_pixel',
          ...(by === 'scales' && { keep_aspect_ratio_policy: 'stretch', antialias: 0, exclude_outside: 0 }),
        }),
      ],
      initializers: [
        floats('none', [0], []),
        floats('scales', [4], [1, 1, 2, 1.5]),
        longs('sizes', [1, 2, 5, 7]),
      ],
      outputs: rows,
    },
  ]),
  one('LpPool', [2, 5, 5], 'LpPool', { kernel_shape: [2, 2], p: 3 }, { opset: 18 }),
  [
    'an Einsum of attention',
    [5, 6],
    {
      nodes: [node('Einsum', ['x', 'w'], 'y', { equation: 'bti,hid->bhtd' })],
      initializers: [floats('w', [2, 6, 3], [...numbers([2, 6, 3], 4).data])],
      outputs: rows,
    },
  ],
  [
    'a table of labels',
    [4],
    {
      domains: ['', ML.domain],
      nodes: [
        node('ArgMax', ['x'], 'i', { axis: 1 }),
        node('ArrayFeatureExtractor', ['labels', 'i'], 'l', {}, ML),
        node('Reshape', ['l', 's'], 'y'),
      ],
      initializers: [
        constant({ name: 'labels', dataType: 1, dims: [1n, 4n], floatData: [7, 3, 9, 1] }),
        longs('s', [-1, 1]),
      ],
      outputs: rows,
    },
  ],
]

const BATCH = 1

function bytesOf([, sample, description]: Entry): Uint8Array {
  // ONNX Runtime takes one node of a name.
  const nodes = description.nodes.map((one, i) => ({ ...one, name: `${one.name}_${i}` }))
  return model({ ...description, nodes, inputs: [value('x', [BATCH, ...sample])] })
}

function inputOf([, sample]: Entry): { readonly shape: number[]; readonly data: Float32Array } {
  const shape = [BATCH, ...sample]
  return { shape, data: numbers(shape, 77).data }
}

interface Session {
  run(feeds: Record<string, unknown>): Promise<Record<string, { data: Float32Array }>>
}
interface Runtime {
  InferenceSession: { create(model: Uint8Array): Promise<Session> }
  Tensor: new (dtype: 'float32', data: Float32Array, shape: number[]) => unknown
}

describe('a model of ops that are made of others', () => {
  const recorded = JSON.parse(readFileSync(FIXTURE, 'utf8')) as Record<string, number[]>

  it.each(MODELS.map((entry) => [entry[0], entry] as const))(
    'computes what ONNX Runtime computes: %s',
    (name, entry) => {
      const graph = importOnnx(bytesOf(entry))
      const normalizer = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
      const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch: BATCH, normalizer })
      const { shape, data } = inputOf(entry)
      const here = answerOf(program, [tensor('float32', shape, data)])
      expect(here).toHaveLength(recorded[name].length)
      here.forEach((number, i) => expect(Math.abs(number - recorded[name][i])).toBeLessThanOrEqual(1e-5))
    },
  )

  it.skipIf(runtime === undefined)(
    'is run by ONNX Runtime itself (skipped without OCTET_ONNXRUNTIME)',
    async () => {
      const entry = createRequire(join(runtime!, 'package.json')).resolve('onnxruntime-web')
      const { InferenceSession, Tensor } = (await import(pathToFileURL(entry).href)) as Runtime
      const outputs: Record<string, number[]> = {}
      for (const one of MODELS) {
        const session = await InferenceSession.create(bytesOf(one))
        const { shape, data } = inputOf(one)
        outputs[one[0]] = Array.from(
          (await session.run({ x: new Tensor('float32', data, shape) }))['y'].data,
          Number,
        )
      }
      await expect(`${JSON.stringify(outputs)}\n`).toMatchFileSnapshot(FIXTURE)
    },
  )
})
