import type { QuantScheme } from '../numerics/qparams.ts'
import type { Observation } from './observation.ts'

/**
 * The same function, with its results cached by observation and grid. A result stays in the cache as long as its
 * observation lives. Observations and results must never change.
 */
export function kept<Found>(
  find: (observation: Observation, scheme: QuantScheme) => Found,
): (observation: Observation, scheme: QuantScheme) => Found {
  const known = new WeakMap<Observation, Map<string, Found>>()
  return (observation, scheme) => {
    const ofObservation = known.get(observation) ?? new Map<string, Found>()
    known.set(observation, ofObservation)
    const key = JSON.stringify([scheme.bits, scheme.signed, scheme.symmetric, scheme.narrow])
    const found = ofObservation.get(key) ?? find(observation, scheme)
    ofObservation.set(key, found)
    return found
  }
}
