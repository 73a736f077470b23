import { subgroupSize, type MatrixConfig, type Target } from '../wgsl/target.ts'
import { workgroupsOf } from './instruction.ts'
import { loopShader, SEEDS, type Probe } from './probe.ts'

/** Subgroups in a workgroup. */
const SUBGROUPS = 4
/** The number of separate products per subgroup. */
const CHAINS = [2, 4, 8]
/** The number of products in one turn of the loop. */
const STATEMENTS = 16

const UNITS = {
  f16: { unit: 'subgroup-matrix f16', result: 'f32', size: 2, seeds: 'f16' },
  i8: { unit: 'subgroup-matrix int8', result: 'i32', size: 1, seeds: 'bytes' },
} as const

/** Probes of subgroup matrices, for each kind that sums in 32 bits. */
export function matrixProbes(target: Target): Probe[] {
  const lanes = subgroupSize(target)
  if (lanes === undefined) return []
  return target.matrices.flatMap((config) => {
    const { component, result } = config
    if (component !== 'i8' && (component !== 'f16' || !target.shaderF16)) return []
    return UNITS[component].result === result
      ? CHAINS.map((chains) => probe(config, chains, lanes, target))
      : []
  })
}

function probe({ component, M, N, K }: MatrixConfig, chains: number, lanes: number, target: Target): Probe {
  const { unit, result, size, seeds } = UNITS[component as keyof typeof UNITS]
  const names = Array.from({ length: chains }, (_, index) => `sum${index}`)
  const left = `subgroup_matrix_left<${component}, ${K}, ${M}>`
  const right = `subgroup_matrix_right<${component}, ${N}, ${K}>`
  const words = (count: number) => Math.ceil((count * size) / 4)
  const row = words(K)
  const workgroups = workgroupsOf(target)
  return {
    unit,
    by: `${chains} chains of ${M}x${N}x${K}`,
    code: loopShader({
      enables: [
        ...(component === 'f16' ? ['f16'] : []),
        'subgroups',
        'chromium_experimental_subgroup_matrix',
      ],
      source: 'u32',
      sink: result,
      threads: SUBGROUPS * lanes,
      shared: `var<workgroup> operands: array<u32, ${row * (M + N)}>;`,
      before: [
        `for (var at = local; at < ${row * (M + N)}u; ` +
          `at += ${SUBGROUPS * lanes}u) { operands[at] = source[at % ${SEEDS / 4}u]; }`,
        'workgroupBarrier();',
        `let a = subgroupMatrixLoad<${left}, row_major>(&operands, 0u, ${row}u);`,
        `let b = subgroupMatrixLoad<${right}, col_major>(&operands, ${row * M}u, ${row}u);`,
        ...names.map((name) => `var ${name}: subgroup_matrix_result<${result}, ${N}, ${M}>;`),
      ],
      turn: Array.from({ length: STATEMENTS / chains }, () =>
        names.map((name) => `${name} = subgroupMatrixMultiplyAccumulate(a, b, ${name});`),
      ).flat(),
      store: names
        .map((name, index) => `subgroupMatrixStore<row_major>(&sink, ${index * M * N}u, ${name}, ${N}u);`)
        .join('\n    '),
    }),
    workgroups,
    work: workgroups * SUBGROUPS * STATEMENTS * 2 * M * N * K,
    bytes: Math.max(SEEDS, chains * M * N * 4),
    seeds,
    iterates: 'loop',
  }
}
