import { Elementwise, endOf, firstOf } from '../elementwise'
import { erf4, erfc4, exp4, tanh4 } from '../exponential'
import { hold, loadFour, storeFour } from '../half'
import { Step } from '../step'

/** Functions of one number. The host writes the words in this order (src/ops/unary.ts). */
@unmanaged
class Unary extends Elementwise {
  /** int8: the function's value for each of 256 numbers. */
  table: usize
  /** The attributes of the function. */
  first: f32
  second: f32
}

export function tableInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Unary>(step.op)
  const end = endOf(op, tile)
  const zero = op.table + 128
  for (let i = firstOf(op, tile); i < end; i++) store<u8>(step.y + i, load<u8>(zero + load<i8>(step.a + i)))
}

/** Applies a function F of four numbers to a tile. T is the stored type. F has no fields: its methods are inlined. */
@kernels(Float, Half)
@inline
function each<T, F>(step: Step, tile: i32): void {
  const op = changetype<Unary>(step.op)
  const f = changetype<F>(0)
  const a = f32x4.splat(op.first), b = f32x4.splat(op.second)
  const end = endOf(op, tile) * sizeof<T>()
  for (let i = firstOf(op, tile) * sizeof<T>(); i < end; i += 4 * sizeof<T>())
    storeFour<T>(step.y + i, f.of(loadFour<T>(step.a + i), a, b))
}

/** Applies a function F of one number to a tile. */
@kernels(Float, Half)
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

/** x * Phi(x). Phi comes from the tail on its own side, so there is no cancellation. */
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

// The functions. `a` and `b` are `first` and `second` of `Unary`.

@each @unmanaged class HardSigmoid {
  @inline of(x: v128, a: v128, b: v128): v128 {
    return hold(f32x4.add(f32x4.mul(a, x), b), f32x4.splat(0), f32x4.splat(1))
  }
}
@each @unmanaged class HardSwish {
  @inline of(x: v128, a: v128, b: v128): v128 {
    const held = hold(f32x4.add(x, f32x4.splat(3)), f32x4.splat(0), f32x4.splat(6))
    return f32x4.div(f32x4.mul(x, held), f32x4.splat(6))
  }
}
@each @unmanaged class Identity { @inline of(x: v128, a: v128, b: v128): v128 { return x } }
@each @unmanaged class Neg { @inline of(x: v128, a: v128, b: v128): v128 { return f32x4.neg(x) } }
@each @unmanaged class Abs { @inline of(x: v128, a: v128, b: v128): v128 { return f32x4.abs(x) } }
@each @unmanaged class Floor { @inline of(x: v128, a: v128, b: v128): v128 { return f32x4.floor(x) } }
@each @unmanaged class Ceil { @inline of(x: v128, a: v128, b: v128): v128 { return f32x4.ceil(x) } }
@each @unmanaged class Round { @inline of(x: v128, a: v128, b: v128): v128 { return f32x4.nearest(x) } }
@each @unmanaged class Reciprocal {
  @inline of(x: v128, a: v128, b: v128): v128 { return f32x4.div(f32x4.splat(1), x) }
}
@each @unmanaged class Sqrt { @inline of(x: v128, a: v128, b: v128): v128 { return f32x4.sqrt(x) } }
@each @unmanaged class Square { @inline of(x: v128, a: v128, b: v128): v128 { return f32x4.mul(x, x) } }
@each @unmanaged class Exp { @inline of(x: v128, a: v128, b: v128): v128 { return exp4(x) } }
@each @unmanaged class Tanh { @inline of(x: v128, a: v128, b: v128): v128 { return tanh4(x) } }
@each @unmanaged class Erf { @inline of(x: v128, a: v128, b: v128): v128 { return erf4(x) } }
@each @unmanaged class Gelu { @inline of(x: v128, a: v128, b: v128): v128 { return gelu4(x) } }
@each @unmanaged class TanhGelu { @inline of(x: v128, a: v128, b: v128): v128 { return tanhGelu4(x) } }
@each @unmanaged class LeakyRelu {
  @inline of(x: v128, a: v128, b: v128): v128 {
    return v128.bitselect(f32x4.mul(a, x), x, f32x4.lt(x, f32x4.splat(0)))
  }
}
@each @unmanaged class ThresholdedRelu {
  @inline of(x: v128, a: v128, b: v128): v128 {
    return v128.andnot(x, f32x4.le(x, a))
  }
}
@each @unmanaged class Softsign {
  @inline of(x: v128, a: v128, b: v128): v128 {
    return f32x4.div(x, f32x4.add(f32x4.splat(1), f32x4.abs(x)))
  }
}
@each @unmanaged class Mish { @inline of(x: v128, a: v128, b: v128): v128 { return mish4(x) } }
@each @unmanaged class Swish {
  @inline of(x: v128, a: v128, b: v128): v128 {
    return f32x4.div(x, f32x4.add(f32x4.splat(1), exp4(f32x4.neg(f32x4.mul(a, x)))))
  }
}
@each @unmanaged class Shrink { @inline of(x: v128, a: v128, b: v128): v128 { return shrink4(x, a, b) } }

@eachAlone @unmanaged class Sigmoid { @inline of(x: f32, a: f32, b: f32): f32 { return 1 / (1 + Mathf.exp(-x)) } }
@eachAlone @unmanaged class Sign { @inline of(x: f32, a: f32, b: f32): f32 { return x > 0 ? 1 : x < 0 ? -1 : x } }
@eachAlone @unmanaged class Power { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.pow(x, a) } }
@eachAlone @unmanaged class Log { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.log(x) } }
@eachAlone @unmanaged class Elu { @inline of(x: f32, a: f32, b: f32): f32 { return x < 0 ? a * Mathf.expm1(x) : x } }
@eachAlone @unmanaged class Selu {
  @inline of(x: f32, a: f32, b: f32): f32 { return b * (x > 0 ? x : a * Mathf.expm1(x)) }
}
@eachAlone @unmanaged class Celu {
  @inline of(x: f32, a: f32, b: f32): f32 {
    return Mathf.max(0, x) + Mathf.min(0, a * Mathf.expm1(x / a))
  }
}
@eachAlone @unmanaged class Softplus {
  @inline of(x: f32, a: f32, b: f32): f32 {
    return Mathf.max(0, x) + Mathf.log1p(Mathf.exp(-Mathf.abs(x)))
  }
}
@eachAlone @unmanaged class Sin { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.sin(x) } }
@eachAlone @unmanaged class Cos { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.cos(x) } }
@eachAlone @unmanaged class Tan { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.tan(x) } }
@eachAlone @unmanaged class Asin { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.asin(x) } }
@eachAlone @unmanaged class Acos { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.acos(x) } }
@eachAlone @unmanaged class Atan { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.atan(x) } }
@eachAlone @unmanaged class Sinh { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.sinh(x) } }
@eachAlone @unmanaged class Cosh { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.cosh(x) } }
@eachAlone @unmanaged class Asinh { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.asinh(x) } }
@eachAlone @unmanaged class Acosh { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.acosh(x) } }
@eachAlone @unmanaged class Atanh { @inline of(x: f32, a: f32, b: f32): f32 { return Mathf.atanh(x) } }
