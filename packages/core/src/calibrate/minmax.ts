import { observedRange, type Calibrator } from './calibrator.ts'

/** Everything that was observed: nothing is clipped, and one outlier coarsens all the rest. */
export const minmax: Calibrator = {
  id: 'minmax',
  traits: { summary: 'the observed ends', cost: 'ends', dependsOnOrder: false, sweep: ['minmax'] },
  range: (observation) => observedRange(observation),
}
