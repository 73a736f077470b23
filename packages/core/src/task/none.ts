import { classesOf } from './classification.ts'
import type { Task } from './task.ts'

/**
 * There is no truth besides FP32's own outputs, and a model is judged by its fidelity to them (`fidelityOf`). At the
 * default goal of 30 dB, the error has a thousandth of the output's power, so its root mean square is 3% of the
 * output's. An 8-bit grid over a sine allows 50 dB, and a 5-bit grid 32 dB.
 */
export const none: Task<'none'> & { readonly reason: string } = {
  id: 'none',
  metric: 'output SQNR',
  noun: 'fidelity',
  higherIsBetter: true,
  unit: 'dB',
  value: { name: 'dB', factor: 1, decimals: 1 },
  goal: 30,
  reason: 'there are no labels and so no accuracy',
  describe: (outputs) =>
    (outputs === 1 ? 'one output' : `${outputs} outputs`) + ', compared with that of FP32',
  answer: (outputs, samples) => (outputs.length > samples ? classesOf(outputs, samples) : undefined),
}
