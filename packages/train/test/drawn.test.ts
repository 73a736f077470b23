import { OctetError } from '@octet/core'
import { expect, test } from 'vitest'
import { checkDrawn, expectClose } from '../../core/test/model/check-drawn.ts'
import { BATCH } from '../../core/test/model/draw.ts'
import { interpret } from '../../core/test/model/interpret.ts'
import { Network } from '../src/network.ts'

test('a network for training computes what its graph does', () => {
  checkDrawn(({ graph }, x) => {
    let network: Network
    try {
      network = new Network(graph, BATCH)
    } catch (error) {
      expect(error).toBeInstanceOf(OctetError)
      return
    }
    // Logits are what a final Softmax would read.
    if (graph.nodes.some(({ op }) => op === 'Softmax')) return
    const expected = interpret(graph, { shape: x.shape, data: Float64Array.from(x.data) }).data
    network.input.data.set(x.data)
    network.forward(BATCH, 'infer')
    expectClose(network.logits.data, expected, graph)
  })
})
