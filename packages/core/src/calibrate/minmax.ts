import { observedRange, type Calibrator } from './calibrator.ts'

/** The whole observed range. Nothing is clipped, and one outlier makes the grid coarser for all other values. */
export const minmax: Calibrator = {
  id: 'minmax',
  traits: { summary: 'the observed ends', cost: 'ends', dependsOnOrder: false, sweep: ['minmax'] },
  range: (observation) => observedRange(observation),
}
