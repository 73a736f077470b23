import { describe, expect, test } from 'vitest'
import type { Parameter } from '../src/network.ts'
import { optimizerOf } from '../src/optimizer.ts'
import { learningRateAt } from '../src/schedule.ts'

/** One parameter, a 1x1 matrix or a vector of one, with this value and gradient. */
function parameter(rank: 1 | 2, value: number, gradient: number): Parameter {
  const shape = rank === 1 ? [1] : [1, 1]
  return { name: 'p', shape, batched: false, data: Float32Array.of(value), grad: Float32Array.of(gradient) }
}

describe('optimizers', () => {
  test('momentum SGD adds up velocity', () => {
    const p = parameter(2, 1, 0.5)
    const optimizer = optimizerOf({ kind: 'sgd', learningRate: 0.25, momentum: 0.5 }, [p])
    optimizer.step(0.25) // v = 0.5, w = 1 - 0.125
    expect(p.data[0]).toBe(0.875)
    optimizer.step(0.25) // v = 0.75, w = 0.875 - 0.1875
    expect(p.data[0]).toBe(0.6875)
  })

  test('SGD decays matrices and leaves vectors alone', () => {
    const [matrix, vector] = [parameter(2, 1, 0), parameter(1, 1, 0)]
    optimizerOf({ kind: 'sgd', learningRate: 0.5, weightDecay: 0.25 }, [matrix, vector]).step(0.5)
    expect([matrix.data[0], vector.data[0]]).toEqual([0.875, 1])
  })

  test('the first step of Adam is the learning rate against the sign of the gradient', () => {
    for (const gradient of [3, -0.01]) {
      const p = parameter(1, 1, gradient)
      optimizerOf({ kind: 'adam', learningRate: 0.125 }, [p]).step(0.125)
      expect(p.data[0]).toBeCloseTo(1 - 0.125 * Math.sign(gradient), 5)
    }
  })

  test('Adam corrects the bias of both moments', () => {
    const p = parameter(1, 0, 1)
    const optimizer = optimizerOf({ kind: 'adam', learningRate: 1, beta1: 0.5, beta2: 0.75, epsilon: 0 }, [p])
    optimizer.step(1)
    p.grad[0] = 3
    optimizer.step(1)
    // m = (0.5 * 0.5 + 0.5 * 3) / (1 - 0.25), v = (0.75 * 0.25 + 0.25 * 9) / (1 - 0.5625)
    expect(p.data[0]).toBeCloseTo(-1 - 1.75 / 0.75 / Math.sqrt(2.4375 / 0.4375), 5)
  })

  test('Adam decays weights apart from the gradient', () => {
    const p = parameter(2, 1, 0)
    optimizerOf({ kind: 'adam', learningRate: 0.5, weightDecay: 0.25 }, [p]).step(0.5)
    expect(p.data[0]).toBe(0.875)
  })
})

describe('schedules', () => {
  test('constant stays', () => {
    expect(learningRateAt({ kind: 'constant' }, 0.1, 99, 100)).toBe(0.1)
  })

  test('cosine rises through the warm-up to its peak, is half way in the middle, and ends near 0', () => {
    const schedule = { kind: 'cosine', warmupSteps: 10 } as const
    const rates = Array.from({ length: 110 }, (_, step) => learningRateAt(schedule, 2, step, 110))
    expect([rates[0], rates[4], rates[9], rates[10]]).toEqual([0.2, 1, 2, 2])
    expect(rates[60]).toBeCloseTo(1, 12)
    expect(rates[109]).toBeGreaterThan(0)
    expect(rates[109]).toBeLessThan(0.001)
    for (let step = 11; step < 110; step++) expect(rates[step]).toBeLessThan(rates[step - 1])
  })
})
