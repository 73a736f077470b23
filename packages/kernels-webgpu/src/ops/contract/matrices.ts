import type { MatrixConfig } from '../../wgsl/target.ts'

/**
 * The WGSL of subgroup matrices: [M,K] x [K,N] in workgroup memory. `left` holds rows of the left matrix and `right`
 * columns of the right matrix, as bytes in arrays of vec4<u32>. `results` holds rows of the product. Places and strides
 * count array entries.
 */
export interface Matrices {
  readonly enables: readonly string[]
  readonly functions: readonly string[]
  /**
   * Statements after which `subgroup` is the subgroup's number in the workgroup, and `lane` the invocation's number in
   * the subgroup.
   */
  readonly prologue: readonly string[]
  /** The type of a product. It starts as zeros. */
  readonly result: string
  loadLeft(at: string, stride: number): string
  loadRight(at: string, stride: number): string
  /** left x right + sum. */
  multiply(left: string, right: string, sum: string): string
  store(at: string, sum: string, stride: number): string
}

/**
 * Matrices of this kind in Dawn's form: `chromium_experimental_subgroup_matrix`, where the order is a template
 * argument, and offsets and strides count entries of the array.
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
