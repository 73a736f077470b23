import type { MatrixConfig } from '../../wgsl/target.ts'

/**
 * The WGSL of subgroup matrices: [M,K] x [K,N] in workgroup memory. `left` holds rows of the left matrix and `right`
 * columns of the right one, as bytes in arrays of vec4<u32>, `results` rows of the product; places and strides count
 * array entries.
 */
export interface Matrices {
  readonly enables: readonly string[]
  readonly functions: readonly string[]
  /** Statements after which `subgroup` numbers the workgroup's subgroups and `lane` the invocations of each. */
  readonly prologue: readonly string[]
  /** The type of a product, which starts as zeros. */
  readonly result: string
  loadLeft(at: string, stride: number): string
  loadRight(at: string, stride: number): string
  /** left x right + sum. */
  multiply(left: string, right: string, sum: string): string
  store(at: string, sum: string, stride: number): string
}

/**
 * Matrices of this kind, as Dawn has them: `chromium_experimental_subgroup_matrix` in the
 * form that takes the order as a template argument, and offsets and strides in entries of the array.
 */
export function matricesOf({ component, result, M, N, K }: MatrixConfig): Matrices {
  const left = `subgroup_matrix_left<${component}, ${K}, ${M}>`
  const right = `subgroup_matrix_right<${component}, ${N}, ${K}>`
  return {
    enables: [...(component === 'f16' ? ['f16'] : []), 'subgroups', 'chromium_experimental_subgroup_matrix'],
    functions: [],
    prologue: [],
    result: `subgroup_matrix_result<${result}, ${N}, ${M}>`,
    loadLeft: (at, stride) => `subgroupMatrixLoad<${left}, row_major>(&left, ${at}, ${stride}u)`,
    loadRight: (at, stride) => `subgroupMatrixLoad<${right}, col_major>(&right, ${at}, ${stride}u)`,
    multiply: (a, b, sum) => `subgroupMatrixMultiplyAccumulate(${a}, ${b}, ${sum})`,
    store: (at, sum, stride) => `subgroupMatrixStore<row_major>(&results, ${at}, ${sum}, ${stride}u);`,
  }
}
