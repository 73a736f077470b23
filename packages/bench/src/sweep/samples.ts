import type { SweepOptions } from './options.ts'

/**
 * The most multiply-accumulates for the evaluation of one configuration: about 3 s in WebAssembly on one core, and on
 * the reference. Work, and not a clock, decides the number of samples, so that two runs evaluate the same samples.
 */
const BUDGET_MACS = 50e9
const REFERENCE_BUDGET_MACS = 2e9
/** Fewer samples would show too little, whatever their cost. */
const FEWEST = 500

/** The number of evaluated samples, and the budget that decides it if no flag does. */
export interface SampleCount {
  readonly most: number
  readonly budgetMacs?: number
}

/** @param macs multiply-accumulates of one inference */
export function sampleCount(
  { samples, kernels }: Pick<SweepOptions, 'samples' | 'kernels'>,
  macs: number,
): SampleCount {
  if (samples !== undefined) return { most: samples }
  const isReference = kernels !== undefined && kernels.every((id) => id === 'reference')
  const budgetMacs = isReference ? REFERENCE_BUDGET_MACS : BUDGET_MACS
  return { most: Math.max(FEWEST, Math.floor(budgetMacs / Math.max(1, macs))), budgetMacs }
}

/** The budget as a text for the help. */
export function budgetInWords(): string {
  const [all, reference] = [BUDGET_MACS, REFERENCE_BUDGET_MACS].map((macs) => macs / 1e9)
  return (
    `${all} billion multiply-adds a configuration, ${reference} with --kernels reference: about 3 s; ` +
    `${FEWEST} at least`
  )
}
