import { hold } from './half'

/** Slightly more than the bounds within which exp is neither 0 nor infinite. */
const LOWEST: f32 = -104
const HIGHEST: f32 = 89

/** 2^n for whole n in [-126, 127]. */
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23)
}

/**
 * exp of four numbers within 2 ulp. NaN stays NaN. x is n ln 2 + r with |r| at most ln(2) / 2. The result is a series
 * for exp(r), times 2^n in two steps, because n leaves the range of one exponent.
 */
@inline
export function exp4(x: v128): v128 {
  const held = hold(x, f32x4.splat(LOWEST), f32x4.splat(HIGHEST))
  const n = f32x4.nearest(f32x4.mul(held, f32x4.splat(1.44269504088896341)))
  // ln 2 in two parts. The first part has so few bits that its product with n is exact.
  const most = f32x4.sub(held, f32x4.mul(n, f32x4.splat(0.693359375)))
  const r = f32x4.sub(most, f32x4.mul(n, f32x4.splat(-2.12194440e-4)))
  let y = f32x4.splat(1.0 / 5040.0)
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.0 / 720.0))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.0 / 120.0))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.0 / 24.0))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.0 / 6.0))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(0.5))
  y = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(y, r), r), r), f32x4.splat(1))
  const whole = i32x4.trunc_sat_f32x4_s(n)
  const half = i32x4.shr_s(whole, 1)
  return f32x4.mul(f32x4.mul(y, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)))
}

/** An odd function of four numbers: `small` where |x| is below `limit`, else `large` with the sign of x. */
@inline
function oddOf(x: v128, magnitude: v128, limit: f32, small: v128, large: v128): v128 {
  const signed = v128.or(large, v128.and(x, i32x4.splat(0x80000000)))
  return v128.bitselect(small, signed, f32x4.lt(magnitude, f32x4.splat(limit)))
}

/** tanh of four numbers: a series below 1/4, and 1 - 2 / (exp(2|x|) + 1) from there on. */
@inline
export function tanh4(x: v128): v128 {
  const magnitude = f32x4.abs(x)
  const one = f32x4.splat(1), two = f32x4.splat(2)
  const large = f32x4.sub(one, f32x4.div(two, f32x4.add(exp4(f32x4.add(magnitude, magnitude)), one)))
  const z = f32x4.mul(x, x)
  let y = f32x4.splat(62.0 / 2835.0)
  y = f32x4.add(f32x4.mul(y, z), f32x4.splat(-17.0 / 315.0))
  y = f32x4.add(f32x4.mul(y, z), f32x4.splat(2.0 / 15.0))
  y = f32x4.add(f32x4.mul(y, z), f32x4.splat(-1.0 / 3.0))
  y = f32x4.add(f32x4.mul(f32x4.mul(y, z), x), x)
  return oddOf(x, magnitude, 0.25, y, large)
}

/**
 * erfc of four numbers that are not negative: exp(-z^2) times a polynomial in t = 1 / (1 + 3/8 z). The polynomial is
 * fitted to exp(z^2) erfc(z) on [0, 10], within 1.2e-8.
 */
@inline
export function erfc4(z: v128): v128 {
  const one = f32x4.splat(1)
  const t = f32x4.div(one, f32x4.add(one, f32x4.mul(f32x4.splat(0.375), z)))
  let y = f32x4.splat(0.0615385585)
  y = f32x4.add(f32x4.mul(y, t), f32x4.splat(-0.287330031))
  y = f32x4.add(f32x4.mul(y, t), f32x4.splat(0.432398498))
  y = f32x4.add(f32x4.mul(y, t), f32x4.splat(-0.229413241))
  y = f32x4.add(f32x4.mul(y, t), f32x4.splat(0.273724616))
  y = f32x4.add(f32x4.mul(y, t), f32x4.splat(0.12150497))
  y = f32x4.add(f32x4.mul(y, t), f32x4.splat(0.205313489))
  y = f32x4.add(f32x4.mul(y, t), f32x4.splat(0.210649654))
  y = f32x4.add(f32x4.mul(y, t), f32x4.splat(0.211613476))
  return f32x4.mul(f32x4.mul(y, t), exp4(f32x4.neg(f32x4.mul(z, z))))
}

/** erf of four numbers: a series below 1/2, and 1 - erfc(|x|) from there on. */
@inline
export function erf4(x: v128): v128 {
  const magnitude = f32x4.abs(x)
  const z = f32x4.mul(x, x)
  let y = f32x4.splat(-1.0 / 1320.0)
  y = f32x4.add(f32x4.mul(y, z), f32x4.splat(1.0 / 216.0))
  y = f32x4.add(f32x4.mul(y, z), f32x4.splat(-1.0 / 42.0))
  y = f32x4.add(f32x4.mul(y, z), f32x4.splat(1.0 / 10.0))
  y = f32x4.add(f32x4.mul(y, z), f32x4.splat(-1.0 / 3.0))
  y = f32x4.mul(f32x4.add(f32x4.mul(y, z), f32x4.splat(1)), f32x4.mul(x, f32x4.splat(1.12837916709551257)))
  return oddOf(x, magnitude, 0.5, y, f32x4.sub(f32x4.splat(1), erfc4(magnitude)))
}
