/** The learning rate over the steps of a training. */
export type Schedule =
  | { readonly kind: 'constant' }
  /** Rises linearly over the first `warmupSteps`, then falls along half a cosine to 0 (Loshchilov & Hutter 2017). */
  | { readonly kind: 'cosine'; readonly warmupSteps?: number }

/** The learning rate of step `step` of `steps`, counted from 0. */
export function learningRateAt(schedule: Schedule, peak: number, step: number, steps: number): number {
  if (schedule.kind === 'constant') return peak
  const { warmupSteps = 0 } = schedule
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps
  return (peak / 2) * (1 + Math.cos((Math.PI * (step - warmupSteps)) / Math.max(1, steps - warmupSteps)))
}
