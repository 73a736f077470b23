import { describe, expect, test } from 'vitest'
import { fidelityOf } from '../../src/task/fidelity.ts'
import { TASKS } from '../../src/task/tasks.ts'

describe('fidelity without labels', () => {
  test('is the textbook SQNR', () => {
    const fidelity = fidelityOf(TASKS.classification, Float32Array.of(3, 3.5), Float32Array.of(3, 4), 1)
    expect(fidelity).toEqual({ sqnrDb: 10 * Math.log10(25 / 0.25), maxAbsError: 0.5, agreement: 1 })
  })

  test('of outputs of several kinds has their power as its signal, and an agreement', () => {
    const fp32 = Float32Array.of(3, 1, 0, 4)
    const fidelity = fidelityOf(TASKS.none, Float32Array.of(3, 1, 5, 4), fp32, 2)
    expect(fidelity).toEqual({ sqnrDb: 10 * Math.log10(26 / 25), maxAbsError: 5, agreement: 0.5 })
  })

  test('of one output has its variance as the signal, and nothing to agree on', () => {
    const fp32 = Float32Array.of(10, 12)
    const fidelity = fidelityOf(TASKS.none, Float32Array.of(10, 11), fp32, 2)
    expect(fidelity).toEqual({ sqnrDb: 10 * Math.log10(2), maxAbsError: 1 })
  })

  test('is exact without an error, and nothing where an error has no signal', () => {
    const flat = Float32Array.of(5, 5)
    expect(fidelityOf(TASKS.none, flat, flat, 2)?.sqnrDb).toBeNull()
    expect(fidelityOf(TASKS.none, Float32Array.of(5, 6), flat, 2)).toBeUndefined()
  })
})
