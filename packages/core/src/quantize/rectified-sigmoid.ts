/**
 * The relaxed rounding of AdaRound (Nagel et al. 2020, section 3.2; Louizos et al. 2018). A weight becomes `floor(w /
 * s)` plus h(V). V moves h between 0 and 1, and h can reach both.
 */

const ZETA = 1.1
const GAMMA = -0.1

/** `h(V) = clamp(sigmoid(V) (ζ - γ) + γ, 0, 1)` with ζ = 1.1, γ = -0.1. */
export function rectifiedSigmoid(v: number): number {
  return Math.min(Math.max(stretched(v), 0), 1)
}

/** dh/dV; 0 if h is clamped to 0 or 1. */
export function rectifiedSigmoidSlope(v: number): number {
  const h = stretched(v)
  return h < 0 || h > 1 ? 0 : ((h - GAMMA) * (ZETA - h)) / (ZETA - GAMMA)
}

/** The V of an h in [0, 1]: `-ln((ζ - γ) / (h - γ) - 1)`. */
export function rectifiedSigmoidInverse(h: number): number {
  return -Math.log((ZETA - GAMMA) / (h - GAMMA) - 1)
}

/**
 * The slope of `1 - |2h - 1|^β`, a function that is 0 at h = 0 and h = 1, and 1 in the middle. With a high β it acts
 * only near the ends; a low β drives all h to the ends.
 */
export function undecidedSlope(h: number, beta: number): number {
  const u = 2 * h - 1
  return -2 * beta * Math.abs(u) ** (beta - 1) * Math.sign(u)
}

function stretched(v: number): number {
  return (ZETA - GAMMA) / (1 + Math.exp(-v)) + GAMMA
}
