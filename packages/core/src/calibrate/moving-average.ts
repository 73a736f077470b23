import { observedRange, type Calibrator } from './calibrator.ts'

/**
 * The moving average of the batches' ranges. It forgets a single outlier, and by definition depends on the order and
 * size of batches. Source: PyTorch's MovingAverageMinMaxObserver; Jacob et al. 2018, section 3.1.
 */
export const movingAverageCalibrator: Calibrator = {
  id: 'moving-average',
  traits: {
    summary: 'the ends averaged over batches with constant 0.01; depends on batch order and size',
    cost: 'averages',
    dependsOnOrder: true,
    sweep: ['moving-average'],
  },
  range: (observation) => {
    const { min, max } = observedRange(observation)
    const { range } = observation.movingAverage!
    return { min: Math.max(min, Math.min(range.min, 0)), max: Math.min(max, Math.max(range.max, 0)) }
  },
}
