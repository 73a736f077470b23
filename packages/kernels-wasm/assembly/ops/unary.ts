import { Elementwise, endOf, firstOf } from '../elementwise'
import { erf4, erfc4, exp4, tanh4 } from '../exponential'
import { hold, loadFour, storeFour } from '../half'
import { Step } from '../step'

/** Functions of one number. The host writes the words in this order (src/ops/unary.ts). */
@unmanaged
class Unary extends Elementwise {
  /** Of int8: the function's value for each of 256 numbers. */
  table: usize
  /** Attributes of the function. */
  first: f32
  second: f32
}

export function tableInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Unary>(step.op)
  const end = endOf(op, tile)
  const zero = op.table + 128
  for (let i = firstOf(op, tile); i < end; i++) store<u8>(step.y + i, load<u8>(zero + load<i8>(step.a + i)))
}

/** A function of four numbers, F, over a tile; T is what is stored. F has no fields: its methods are inlined. */
@inline
function each<T, F>(step: Step, tile: i32): void {
  const op = changetype<Unary>(step.op)
  const f = changetype<F>(0)
  const a = f32x4.splat(op.first), b = f32x4.splat(op.second)
  const end = endOf(op, tile) * sizeof<T>()
  for (let i = firstOf(op, tile) * sizeof<T>(); i < end; i += 4 * sizeof<T>())
    storeFour<T>(step.y + i, f.of(loadFour<T>(step.a + i), a, b))
}

/** A function of one number, F, over a tile. */
@inline
function eachAlone<T, F>(step: Step, tile: i32): void {
  const op = changetype<Unary>(step.op)
  const f = changetype<F>(0)
  const a = op.first, b = op.second
  const end = endOf(op, tile) * sizeof<T>()
  for (let i = firstOf(op, tile) * sizeof<T>(); i < end; i += 4 * sizeof<T>()) {
    const x = loadFour<T>(step.a + i)
    let y = f32x4.splat(f.of(f32x4.extract_lane(x, 0), a, b))
    y = f32x4.replace_lane(y, 1, f.of(f32x4.extract_lane(x, 1), a, b))
    y = f32x4.replace_lane(y, 2, f.of(f32x4.extract_lane(x, 2), a, b))
    y = f32x4.replace_lane(y, 3, f.of(f32x4.extract_lane(x, 3), a, b))
    storeFour<T>(step.y + i, y)
  }
}

/** x * Phi(x), Phi from the tail of its own side, where nothing cancels. */
@inline
function gelu4(x: v128): v128 {
  const half = f32x4.splat(0.5)
  const tail = f32x4.mul(half, erfc4(f32x4.mul(f32x4.abs(x), f32x4.splat(0.70710678118654752))))
  const phi = v128.bitselect(tail, f32x4.sub(f32x4.splat(1), tail), f32x4.lt(x, f32x4.splat(0)))
  return f32x4.mul(x, phi)
}

/** (1 + tanh(u)) / 2 is 1 / (1 + exp(-2u)). */
@inline
function tanhGelu4(x: v128): v128 {
  const cubic = f32x4.mul(f32x4.mul(f32x4.mul(x, x), x), f32x4.splat(0.044715))
  const power = f32x4.mul(f32x4.add(x, cubic), f32x4.splat(-1.59576912160573071))
  return f32x4.div(x, f32x4.add(f32x4.splat(1), exp4(power)))
}

/** tanh(ln(1 + e)) is n / (n + 2) with n = e (e + 2), and 1 in float32 from x = 20 on. */
@inline
function mish4(x: v128): v128 {
  const two = f32x4.splat(2)
  const e = exp4(f32x4.pmin(x, f32x4.splat(20)))
  const n = f32x4.mul(e, f32x4.add(e, two))
  return f32x4.mul(x, f32x4.div(n, f32x4.add(n, two)))
}

@inline
function shrink4(x: v128, bias: v128, lambd: v128): v128 {
  const zero = f32x4.splat(0)
  const toward = v128.bitselect(f32x4.add(x, bias), f32x4.sub(x, bias), f32x4.lt(x, zero))
  return v128.bitselect(toward, f32x4.mul(x, zero), f32x4.gt(f32x4.abs(x), lambd))
}

// The functions; `a` and `b` are `first` and `second` of `Unary`.

@unmanaged class HardSigmoid {
  @inline of(x: v128, a: v128, b: v128): v128 {
    return hold(f32x4.add(f32x4.mul(a, x), b), f32x4.splat(0), f32x4.splat(1))
  }
}
@unmanaged class HardSwish {
  @inline of(x: v128, a: v128, b: v128): v128 {
    const held = hold(f32x4.add(x, f32x4.splat(3)), f32x4.splat(0), f32x4.splat(6))
    return f32x4.div(f32x4.mul(x, held), f32x4.splat(6))
  }
}
@unmanaged class Neg { @inline of(x: v128, a: v128, b: v128): v128 { return f32x4.neg(x) } }
@unmanaged class Abs { @inline of(x: v128, a: v128, b: v128): v128 { return f32x4.abs(x) } }
@unmanaged class Floor { @inline of(x: v128, a: v128, b: v128): v128 { return f32x4.floor(x) } }
@unmanaged class Ceil { @inline of(x: v128, a: v128, b: v128): v128 { return f32x4.ceil(x) } }
@unmanaged class Round { @inline of(x: v128, a: v128, b: v128): v128 { return f32x4.nearest(x) } }
@unmanaged class Reciprocal { @inline of(x: v128, a: v128, b: v128): v128 { return f32x4.div(f32x4.splat(1), x) } }
@unmanaged class Sqrt { @inline of(x: v128, a: v128, b: v128): v128 { return f32x4.sqrt(x) } }
@unmanaged class Square { @inline of(x: v128, a: v128, b: v128): v128 { return f32x4.mul(x, x) } }
@unmanaged class Exp { @inline of(x: v128, a: v128, b: v128): v128 { return exp4(x) } }
@unmanaged class Tanh { @inline of(x: v128, a: v128, b: v128): v128 { return tanh4(x) } }
@unmanaged class Erf { @inline of(x: v128, a: v128, b: v128): v128 { return erf4(x) } }
@unmanaged class Gelu { @inline of(x: v128, a: v128, b: v128): v128 { return gelu4(x) } }
@unmanaged class TanhGelu { @inline of(x: v128, a: v128, b: v128): v128 { return tanhGelu4(x) } }
@unmanaged class LeakyRelu {
  @inline of(x: v128, a: v128, b: v128): v128 {
    return v128.bitselect(f32x4.mul(a, x), x, f32x4.lt(x, f32x4.splat(0)))
  }
}
@unmanaged class ThresholdedRelu {
  @inline of(x: v128, a: v128, b: v128): v128 {
    return v128.andnot(x, f32x4.le(x, a))
  }
}
@unmanaged class Softsign {
  @inline of(x: v128, a: v128, b: v128): v128 {
    return f32x4.div(x, f32x4.add(f32x4.splat(1), f32x4.abs(x)))
  }
}
@unmanaged class Mish { @inline of(x: v128, a: v128, b: v128): v128 { return mish4(x) } }
@unmanaged class Swish {
  @inline of(x: v128, a: v128, b: v128): v128 {
    return f32x4.div(x, f32x4.add(f32x4.splat(1), exp4(f32x4.neg(f32x4.mul(a, x)))))
  }
}
@unmanaged class Shrink { @inline of(x: v128, a: v128, b: v128): v128 { return shrink4(x, a, b) } }

@unmanaged class Sigmoid { @inline of(x: f32, a: f32, b: f32): f32 { return 1 / (1 + Mathf.exp(-x)) } }
@unmanaged class Sign { @inline of(x: f32, a: f32, b: f32): f32 { return x > 0 ? 1 : x < 0 ? -1 : x } }
@unmanaged class Power { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.pow(x, a) } }
@unmanaged class Log { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.log(x) } }
@unmanaged class Elu { @inline of(x: f32, a: f32, b: f32): f32 { return x < 0 ? a * Mathf.expm1(x) : x } }
@unmanaged class Selu { @inline of(x: f32, a: f32, b: f32): f32 { return b * (x > 0 ? x : a * Mathf.expm1(x)) } }
@unmanaged class Celu {
  @inline of(x: f32, a: f32, b: f32): f32 {
    return Mathf.max(0, x) + Mathf.min(0, a * Mathf.expm1(x / a))
  }
}
@unmanaged class Softplus {
  @inline of(x: f32, a: f32, b: f32): f32 {
    return Mathf.max(0, x) + Mathf.log1p(Mathf.exp(-Mathf.abs(x)))
  }
}
@unmanaged class Sin { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.sin(x) } }
@unmanaged class Cos { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.cos(x) } }
@unmanaged class Tan { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.tan(x) } }
@unmanaged class Asin { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.asin(x) } }
@unmanaged class Acos { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.acos(x) } }
@unmanaged class Atan { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.atan(x) } }
@unmanaged class Sinh { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.sinh(x) } }
@unmanaged class Cosh { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.cosh(x) } }
@unmanaged class Asinh { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.asinh(x) } }
@unmanaged class Acosh { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.acosh(x) } }
@unmanaged class Atanh { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.atanh(x) } }

export function hardSigmoidFloat(step: Step, tile: i32, scratch: usize): void { each<f32, HardSigmoid>(step, tile) }
export function hardSigmoidHalf(step: Step, tile: i32, scratch: usize): void { each<u16, HardSigmoid>(step, tile) }
export function hardSwishFloat(step: Step, tile: i32, scratch: usize): void { each<f32, HardSwish>(step, tile) }
export function hardSwishHalf(step: Step, tile: i32, scratch: usize): void { each<u16, HardSwish>(step, tile) }
export function negFloat(step: Step, tile: i32, scratch: usize): void { each<f32, Neg>(step, tile) }
export function negHalf(step: Step, tile: i32, scratch: usize): void { each<u16, Neg>(step, tile) }
export function absFloat(step: Step, tile: i32, scratch: usize): void { each<f32, Abs>(step, tile) }
export function absHalf(step: Step, tile: i32, scratch: usize): void { each<u16, Abs>(step, tile) }
export function floorFloat(step: Step, tile: i32, scratch: usize): void { each<f32, Floor>(step, tile) }
export function floorHalf(step: Step, tile: i32, scratch: usize): void { each<u16, Floor>(step, tile) }
export function ceilFloat(step: Step, tile: i32, scratch: usize): void { each<f32, Ceil>(step, tile) }
export function ceilHalf(step: Step, tile: i32, scratch: usize): void { each<u16, Ceil>(step, tile) }
export function roundFloat(step: Step, tile: i32, scratch: usize): void { each<f32, Round>(step, tile) }
export function roundHalf(step: Step, tile: i32, scratch: usize): void { each<u16, Round>(step, tile) }
export function reciprocalFloat(step: Step, tile: i32, scratch: usize): void { each<f32, Reciprocal>(step, tile) }
export function reciprocalHalf(step: Step, tile: i32, scratch: usize): void { each<u16, Reciprocal>(step, tile) }
export function sqrtFloat(step: Step, tile: i32, scratch: usize): void { each<f32, Sqrt>(step, tile) }
export function sqrtHalf(step: Step, tile: i32, scratch: usize): void { each<u16, Sqrt>(step, tile) }
export function squareFloat(step: Step, tile: i32, scratch: usize): void { each<f32, Square>(step, tile) }
export function squareHalf(step: Step, tile: i32, scratch: usize): void { each<u16, Square>(step, tile) }
export function expFloat(step: Step, tile: i32, scratch: usize): void { each<f32, Exp>(step, tile) }
export function expHalf(step: Step, tile: i32, scratch: usize): void { each<u16, Exp>(step, tile) }
export function tanhFloat(step: Step, tile: i32, scratch: usize): void { each<f32, Tanh>(step, tile) }
export function tanhHalf(step: Step, tile: i32, scratch: usize): void { each<u16, Tanh>(step, tile) }
export function erfFloat(step: Step, tile: i32, scratch: usize): void { each<f32, Erf>(step, tile) }
export function erfHalf(step: Step, tile: i32, scratch: usize): void { each<u16, Erf>(step, tile) }
export function geluFloat(step: Step, tile: i32, scratch: usize): void { each<f32, Gelu>(step, tile) }
export function geluHalf(step: Step, tile: i32, scratch: usize): void { each<u16, Gelu>(step, tile) }
export function tanhGeluFloat(step: Step, tile: i32, scratch: usize): void { each<f32, TanhGelu>(step, tile) }
export function tanhGeluHalf(step: Step, tile: i32, scratch: usize): void { each<u16, TanhGelu>(step, tile) }
export function leakyReluFloat(step: Step, tile: i32, scratch: usize): void { each<f32, LeakyRelu>(step, tile) }
export function leakyReluHalf(step: Step, tile: i32, scratch: usize): void { each<u16, LeakyRelu>(step, tile) }
export function thresholdFloat(step: Step, tile: i32, scratch: usize): void { each<f32, ThresholdedRelu>(step, tile) }
export function thresholdHalf(step: Step, tile: i32, scratch: usize): void { each<u16, ThresholdedRelu>(step, tile) }
export function softsignFloat(step: Step, tile: i32, scratch: usize): void { each<f32, Softsign>(step, tile) }
export function softsignHalf(step: Step, tile: i32, scratch: usize): void { each<u16, Softsign>(step, tile) }
export function mishFloat(step: Step, tile: i32, scratch: usize): void { each<f32, Mish>(step, tile) }
export function mishHalf(step: Step, tile: i32, scratch: usize): void { each<u16, Mish>(step, tile) }
export function swishFloat(step: Step, tile: i32, scratch: usize): void { each<f32, Swish>(step, tile) }
export function swishHalf(step: Step, tile: i32, scratch: usize): void { each<u16, Swish>(step, tile) }
export function shrinkFloat(step: Step, tile: i32, scratch: usize): void { each<f32, Shrink>(step, tile) }
export function shrinkHalf(step: Step, tile: i32, scratch: usize): void { each<u16, Shrink>(step, tile) }
export function sigmoidFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Sigmoid>(step, tile) }
export function sigmoidHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Sigmoid>(step, tile) }
export function signFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Sign>(step, tile) }
export function signHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Sign>(step, tile) }
export function powerFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Power>(step, tile) }
export function powerHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Power>(step, tile) }
export function logFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Log>(step, tile) }
export function logHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Log>(step, tile) }
export function eluFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Elu>(step, tile) }
export function eluHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Elu>(step, tile) }
export function seluFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Selu>(step, tile) }
export function seluHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Selu>(step, tile) }
export function celuFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Celu>(step, tile) }
export function celuHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Celu>(step, tile) }
export function softplusFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Softplus>(step, tile) }
export function softplusHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Softplus>(step, tile) }
export function sinFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Sin>(step, tile) }
export function sinHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Sin>(step, tile) }
export function cosFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Cos>(step, tile) }
export function cosHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Cos>(step, tile) }
export function tanFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Tan>(step, tile) }
export function tanHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Tan>(step, tile) }
export function asinFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Asin>(step, tile) }
export function asinHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Asin>(step, tile) }
export function acosFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Acos>(step, tile) }
export function acosHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Acos>(step, tile) }
export function atanFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Atan>(step, tile) }
export function atanHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Atan>(step, tile) }
export function sinhFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Sinh>(step, tile) }
export function sinhHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Sinh>(step, tile) }
export function coshFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Cosh>(step, tile) }
export function coshHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Cosh>(step, tile) }
export function asinhFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Asinh>(step, tile) }
export function asinhHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Asinh>(step, tile) }
export function acoshFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Acosh>(step, tile) }
export function acoshHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Acosh>(step, tile) }
export function atanhFloat(step: Step, tile: i32, scratch: usize): void { eachAlone<f32, Atanh>(step, tile) }
export function atanhHalf(step: Step, tile: i32, scratch: usize): void { eachAlone<u16, Atanh>(step, tile) }
