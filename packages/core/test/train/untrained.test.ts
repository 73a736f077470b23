import { expect, test } from 'vitest'
import type { Node } from '../../src/model/graph.ts'
import { Network } from '../../src/train/network.ts'
import { GraphBuilder } from '../model/graphs.ts'

test.each(['Sigmoid', 'HardSwish', 'Mul', 'Concat', 'HardSigmoid'] as const)(
  'a %s, which runs but has no gradient, is refused by name',
  (op) => {
    const build = new GraphBuilder()
    const attributes = { axis: 1, alpha: 0.2, beta: 0.5 }
    build.add({ op, name: 'middle', inputs: ['x', 'x'], output: 'y', attributes } as unknown as Node)
    build.gemm('fc', 'y', 2, op === 'Concat' ? 6 : 3)
    expect(() => new Network(build.graph([3]), 1)).toThrow(
      `${op} "middle" cannot be trained: ${op} has no gradient here`,
    )
  },
)
