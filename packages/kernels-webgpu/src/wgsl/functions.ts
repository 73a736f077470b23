// Functions made of + - * / and exp, because WGSL leaves the accuracy of its own functions to the adapter. All take and
// return vec4<f32>.

/** Its series below 1/4, and 1 - 2 / (exp(2|x|) + 1) from 1/4. */
export const TANH = `
fn tanhOf(x: vec4<f32>) -> vec4<f32> {
  let magnitude = abs(x);
  let large = 1.0 - 2.0 / (exp(min(2.0 * magnitude, vec4<f32>(80.0))) + 1.0);
  let z = x * x;
  let small = x + x * z * (-1.0 / 3.0 + z * (2.0 / 15.0 + z * (-17.0 / 315.0 + z * (62.0 / 2835.0))));
  return select(sign(x) * large, small, magnitude < vec4<f32>(0.25));
}`

/**
 * erfc for arguments from 0: exp(-z^2) times a polynomial in t = 1 / (1 + 3/8 z), fitted to exp(z^2) erfc(z) on [0, 10]
 * within 1.2e-8.
 */
export const ERFC = `
fn erfcOf(z: vec4<f32>) -> vec4<f32> {
  let t = 1.0 / (1.0 + 0.375 * z);
  let p = 0.211613476 + t * (0.210649654 + t * (0.205313489 + t * (0.12150497 + t * (0.273724616
    + t * (-0.229413241 + t * (0.432398498 + t * (-0.287330031 + t * 0.0615385585)))))));
  return p * t * exp(max(-z * z, vec4<f32>(-87.0)));
}`

/** Its series below 1/2, and 1 - erfc(|x|) from 1/2. Needs `ERFC`. */
export const ERF = `
fn erfOf(x: vec4<f32>) -> vec4<f32> {
  let magnitude = abs(x);
  let z = x * x;
  let small = 1.12837917 * x
    * (1.0 + z * (-1.0 / 3.0 + z * (1.0 / 10.0 + z * (-1.0 / 42.0 + z * (1.0 / 216.0 - z * (1.0 / 1320.0))))));
  return select(sign(x) * (1.0 - erfcOf(min(magnitude, vec4<f32>(9.0)))), small, magnitude < vec4<f32>(0.5));
}`

/**
 * The sine of x plus `quarters` right angles, for |x| up to a few thousand. Whole right angles are subtracted from x in
 * three parts, which leaves at most pi / 4 for the series.
 */
export const SINE = `
fn sineOf(x: vec4<f32>, quarters: i32) -> vec4<f32> {
  let n = round(x * 0.636619772);
  let r = ((x - n * 1.5703125) - n * 4.83751297e-4) - n * 7.54978995e-8;
  let z = r * r;
  let sine = r + r * z * (-1.0 / 6.0 + z * (1.0 / 120.0 + z * (-1.0 / 5040.0 + z * (1.0 / 362880.0))));
  let cosine = 1.0 + z * (-0.5 + z * (1.0 / 24.0 + z * (-1.0 / 720.0 + z * (1.0 / 40320.0))));
  let turn = vec4<i32>(n) + quarters;
  let value = select(sine, cosine, (turn & vec4<i32>(1)) == vec4<i32>(1));
  return select(value, -value, (turn & vec4<i32>(2)) == vec4<i32>(2));
}`

/** After a turn by 0, 1 or 2 eighths, at most tan(pi / 8) is left for the series. */
export const ARC = `
fn arcOf(x: vec4<f32>) -> vec4<f32> {
  let magnitude = abs(x);
  let far = magnitude > vec4<f32>(2.41421356);
  let near = magnitude < vec4<f32>(0.414213562);
  let turned = select((magnitude - 1.0) / (magnitude + 1.0), -1.0 / max(magnitude, vec4<f32>(1.0)), far);
  let r = select(turned, magnitude, near);
  let z = r * r;
  let series = r + r * z * (-1.0 / 3.0 + z * (1.0 / 5.0 + z * (-1.0 / 7.0 + z * (1.0 / 9.0
    + z * (-1.0 / 11.0 + z * (1.0 / 13.0 - z * (1.0 / 15.0)))))));
  return sign(x) * (select(select(vec4<f32>(0.785398163), vec4<f32>(1.57079633), far), vec4<f32>(), near) + series);
}`
