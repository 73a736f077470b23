/** What is done to weights and biases beyond rounding to nearest: needs calibration samples, see `Calibration`. */
export interface Transforms {
  /**
   * Cross-layer equalization and bias absorption. `exact` leaves the FP32 function as it is, so it stops at Clips;
   * `unclipped` makes Relus of the Clips [0, b] in its way first.
   */
  readonly equalization: 'none' | 'exact' | 'unclipped'
  readonly rounding: 'nearest' | 'adaround'
  readonly biasCorrection: boolean
}

export const NO_TRANSFORMS: Transforms = { equalization: 'none', rounding: 'nearest', biasCorrection: false }

const RECORDS = {
  equalize: { summary: 'equalizes channels across layers', changes: { equalization: 'exact' } },
  'bias-correction': { summary: 'corrects biases for the mean error', changes: { biasCorrection: true } },
  adaround: { summary: 'learns which way each weight is rounded', changes: { rounding: 'adaround' } },
} as const

/** What flags, keys of cells and run files call a transform. */
export type Transform = keyof typeof RECORDS

/** Each transform: what it does, as a verb phrase, and how it differs from `NO_TRANSFORMS`. */
export const TRANSFORM: {
  readonly [T in Transform]: { readonly summary: string; readonly changes: Partial<Transforms> }
} = RECORDS

/** All transforms, in the order in which sweeps compare them. */
export const TRANSFORMS: readonly Transform[] = Object.keys(RECORDS) as Transform[]

/** What several transforms do together. */
export function combined(transforms: readonly Transform[]): Transforms {
  return Object.assign({ ...NO_TRANSFORMS }, ...transforms.map((one) => TRANSFORM[one].changes)) as Transforms
}
