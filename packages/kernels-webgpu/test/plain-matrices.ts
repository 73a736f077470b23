import type { Matrices } from '../src/ops/contract/matrices.ts'
import type { MatrixConfig } from '../src/wgsl/target.ts'

/** Invocations that stand for one subgroup. */
export const LANES = 32

/** How component `k` is read from the word that holds it, and how many bytes it takes. */
const READ = {
  f32: { value: 'bitcast<f32>(word)', size: 4 },
  f16: { value: 'unpack2x16float(word)[k % 2u]', size: 2 },
  i8: { value: 'unpack4xI8(word)[k % 4u]', size: 1 },
}

/**
 * The builtins of subgroup matrices in plain WGSL, so that shaders made for matrix units run where there are none and
 * all but the builtins is put to the test. An operand is remembered by its place in workgroup memory, which does not
 * change before it is multiplied; of a result each invocation holds every LANES-th element.
 */
export function plainMatrices({ component, result, M, N, K }: MatrixConfig): Matrices {
  const { value, size } = READ[component as keyof typeof READ]
  const share = (M * N) / LANES
  return {
    enables: component === 'f16' ? ['f16'] : [],
    prologue: [`let subgroup = local / ${LANES}u;`, `let lane = local % ${LANES}u;`],
    functions: [
      `
struct Operand { at: u32, stride: u32 }
alias Result = array<${result}, ${share}>;
fn left_at(matrix: Operand, m: u32, k: u32) -> ${result} {
  let word = left[matrix.at + m * matrix.stride + k * ${size}u / 16u][k * ${size}u / 4u % 4u];
  return ${value};
}
fn right_at(matrix: Operand, k: u32, n: u32) -> ${result} {
  let word = right[matrix.at + n * matrix.stride + k * ${size}u / 16u][k * ${size}u / 4u % 4u];
  return ${value};
}
fn multiply(lane: u32, a: Operand, b: Operand, sum: Result) -> Result {
  var product = sum;
  for (var e = 0u; e < ${share}u; e++) {
    let m = (e * ${LANES}u + lane) / ${N}u;
    let n = (e * ${LANES}u + lane) % ${N}u;
    for (var k = 0u; k < ${K}u; k++) { product[e] += left_at(a, m, k) * right_at(b, k, n); }
  }
  return product;
}
fn store(lane: u32, at: u32, stride: u32, matrix: Result) {
  var product = matrix;
  for (var e = 0u; e < ${share}u; e++) {
    let m = (e * ${LANES}u + lane) / ${N}u;
    let n = (e * ${LANES}u + lane) % ${N}u;
    results[at + m * stride + n / 4u][n % 4u] = product[e];
  }
}`,
    ],
    result: 'Result',
    loadLeft: (at, stride) => `Operand(${at}, ${stride}u)`,
    loadRight: (at, stride) => `Operand(${at}, ${stride}u)`,
    multiply: (a, b, sum) => `multiply(lane, ${a}, ${b}, ${sum})`,
    store: (at, sum, stride) => `store(lane, ${at}, ${stride}u, ${sum});`,
  }
}
