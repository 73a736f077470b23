import { modelOf, OctetError } from '@octet/core'
import { describe, expect, it } from 'vitest'
import { importOnnx, type ImportOptions } from '../src/index.ts'
import { constant, model, node, ones, value, type Description } from './models.ts'

const flattened = node('Flatten', ['h'], 'y')
const weight = [ones('w', [4, 3, 3, 3])]

function refusal(description: Description, options: ImportOptions = {}): OctetError {
  try {
    importOnnx(model(description), options)
  } catch (error) {
    if (error instanceof OctetError) return error
    throw error
  }
  return expect.fail('nothing was refused')
}

/** As many Relus one after the other, and a Flatten. */
function relus(count: number): Description {
  const nodes = Array.from({ length: count }, (_, i) => node('Relu', [i === 0 ? 'x' : `r${i - 1}`], `r${i}`))
  return { nodes: [...nodes, node('Flatten', [`r${count - 1}`], 'y')] }
}

describe('what would take more memory than there is', () => {
  const big = 2 ** 31

  it.each<readonly [string, Description, string]>([
    [
      'pads of 100,000',
      {
        nodes: [node('Conv', ['x', 'w'], 'h', { pads: Array<number>(4).fill(100_000) }), flattened],
        initializers: weight,
      },
      'Conv "conv_under_test": it yields [4, 200006, 200006] for a sample',
    ],
    [
      'pads that a stride hides',
      {
        nodes: [
          node('Conv', ['x', 'w'], 'h', { pads: Array<number>(4).fill(100_000), strides: [90_000, 90_000] }),
          flattened,
        ],
        initializers: weight,
      },
      'Conv "conv_under_test": strides [90000, 90000]: at most 65535 is computed',
    ],
    [
      'a dilation of 2^40',
      { nodes: [node('MaxPool', ['x'], 'h', { kernel_shape: [1, 1], dilations: [2 ** 40, 1] }), flattened] },
      'attribute "dilations" holds 1099511627776',
    ],
    [
      'an input of 2^93 values',
      { ...relus(1), inputs: [value('x', ['N', big, big, big])] },
      'input "x": a sample of [',
    ],
    [
      'an input of nine dimensions',
      { ...relus(1), inputs: [value('x', ['N', 1, 1, 1, 1, 1, 1, 1, 1])] },
      'in 7 dimensions',
    ],
    ['150,000 Relus', relus(150_000), 'the model has 150001 nodes, at most 10000'],
    [
      'a weight whose file is not as large as its shape says',
      {
        nodes: [node('Conv', ['x', 'w'], 'h'), flattened],
        initializers: [
          constant({
            name: 'w',
            dataType: 1,
            dims: [2n ** 20n, 3n, 2n ** 15n, 1n],
            rawData: new Uint8Array(8),
          }),
        ],
      },
      'initializer "w": shape [1048576, 3, 32768, 1] needs 103079215104 values of float, its data has 8 bytes',
    ],
    [
      '500,000 descriptions of tensors',
      {
        ...relus(1),
        inputs: [
          value('x', ['N', 3, 8, 8]),
          ...Array.from({ length: 500_000 }, (_, i) => value(`v${i}`, [])),
        ],
      },
      'its graph has 500005 entries',
    ],
  ])('is refused in one line before it is taken: %s', (_, description, message) => {
    const thrown = refusal(description)
    expect(thrown.message).toContain(message)
    expect(thrown.mend).toBeTruthy()
  })
})

describe('a long model', () => {
  it('is read whatever its length, up to the most nodes', () => {
    const graph = importOnnx(model(relus(9_999)))
    expect(modelOf(graph).layers).toHaveLength(10_000)
  })

  it('may join thousands of tensors', () => {
    const names = Array.from({ length: 5000 }, (_, i) => `r${i}`)
    const nodes = [
      ...names.map((name) => node('Relu', ['x'], name)),
      node('Concat', names, 'h', { axis: 1 }),
      flattened,
    ]
    expect(importOnnx(model({ nodes: nodes.toReversed() })).nodes).toHaveLength(5002)
  })
})

describe('names', () => {
  const long = 'n'.repeat(1000)
  it('are repeated in part, and not all of many', () => {
    const outputs = Array.from({ length: 18 }, (_, i) => value(`${i}${long}`, ['N', 3]))
    const { mend } = refusal({ ...relus(1), outputs }, { output: long })
    expect(mend).toMatch(/such as an output of the model: 0n+… .* and 14 more$/u)
    expect(mend?.length).toBeLessThan(600)
  })

  it.each([
    ['an op', { nodes: [node(long, ['x'], 'h'), flattened] }],
    ['a node', { nodes: [node('Det', ['x'], 'h', {}, { name: long }), flattened] }],
    ['a tensor', { nodes: [node('Relu', [long], 'h'), flattened] }],
    ['an attribute', { nodes: [node('Relu', ['x'], 'h', { [long]: 1 }), flattened] }],
    [
      'an attribute of many values',
      { nodes: [node('MaxPool', ['x'], 'h', { kernel_shape: Array<number>(5000).fill(2) }), flattened] },
    ],
  ])('of %s leave room for what is wrong', (_, description) => {
    expect(refusal(description).message.length).toBeLessThan(250)
  })
})
