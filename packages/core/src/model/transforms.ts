/** Corrections of weights and biases beyond rounding to nearest. They need calibration samples (see `Calibration`). */
export interface Transforms {
  /**
   * Cross-layer equalization and bias absorption. `exact` keeps the FP32 function, so it stops at Clips. `unclipped`
   * first changes each Clip [0, b] in its way to a Relu.
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

/** The name of a transform in flags, keys of cells and run files. */
export type Transform = keyof typeof RECORDS

/** Each transform: its effect as a verb phrase, and its difference from `NO_TRANSFORMS`. */
export const TRANSFORM: {
  readonly [T in Transform]: { readonly summary: string; readonly changes: Partial<Transforms> }
} = RECORDS

/** All transforms, in the order in which sweeps compare them. */
export const TRANSFORMS: readonly Transform[] = Object.keys(RECORDS) as Transform[]

/** The combined effect of several transforms. */
export function combined(transforms: readonly Transform[]): Transforms {
  return Object.assign({ ...NO_TRANSFORMS }, ...transforms.map((one) => TRANSFORM[one].changes)) as Transforms
}
