import { type Cell, type Memory, ramOf } from '../run/cell.ts'
import type { Profile } from '../run/profile.ts'
import type { Run } from '../run/run.ts'

/** The energy of operations in one process, in pJ. */
interface Process {
  readonly name: string
  readonly source: string
  /** A product in one precision, and its addition to a sum of 32 bits. */
  readonly multiplyAdd: Readonly<Record<'fp32' | 'fp16' | 'int8', number>>
  /** Reading or writing 64 bits in SRAM of at most `bytes` bytes. The last entry is for all larger SRAM. */
  readonly sram: readonly (readonly [bytes: number, pj: number])[]
  /** Reading 64 bits from DRAM: the least and the most. */
  readonly dram: readonly [number, number]
}

/** The known tables. Sums are float32 for FP16, and int32 for INT8. */
const PROCESSES: readonly Process[] = [
  {
    name: '45 nm',
    source: 'Horowitz, ISSCC 2014',
    multiplyAdd: { fp32: 3.7 + 0.9, fp16: 1.1 + 0.9, int8: 0.2 + 0.1 },
    sram: [
      [8192, 10],
      [32_768, 20],
      [Infinity, 100],
    ],
    dram: [1300, 2600],
  },
  {
    name: '7 nm',
    source: 'Jouppi et al., ISCA 2021, Table 2, as others quote it',
    multiplyAdd: { fp32: 1.31 + 0.38, fp16: 0.34 + 0.38, int8: 0.07 + 0.03 },
    sram: [
      [8192, 7.5],
      [32_768, 8.5],
      [Infinity, 14],
    ],
    dram: [250, 450],
  },
]

/**
 * A run whose profiles state the energy of FP32 relative to their own on an ideal datapath. It counts arithmetic and
 * the bytes that the steps read and write: activations in SRAM of the size of their block, weights in SRAM of 1 MB or
 * in DRAM. It counts no other part of a processor, so only the ratio of two precisions has a meaning.
 */
export function withIdeal(run: Run): Run {
  if (run.profiles === undefined) return run
  const profiles = run.profiles.map((profile) => {
    const fp32 = run.profiles!.find(
      (one) =>
        one.precision === 'fp32' &&
        one.workload === profile.workload &&
        one.kernels === profile.kernels &&
        one.adapter === profile.adapter,
    )
    const ideal = fp32 && profile !== fp32 ? ratiosOf(run.cells, fp32, profile) : []
    return ideal.length === 0 ? profile : Object.assign({}, profile, { ideal })
  })
  return { ...run, profiles }
}

function ratiosOf(cells: readonly Cell[], fp32: Profile, profile: Profile): NonNullable<Profile['ideal']> {
  const both = [fp32, profile].map((one) => ({ one, memory: memoryOf(cells, one) }))
  const [base, own] = both
  if (base.memory === undefined || own.memory === undefined || profile.precision === 'mixed') return []
  return PROCESSES.map((process) => {
    const [more, less] = [
      picojoules(process, base.one, base.memory!),
      picojoules(process, own.one, own.memory!),
    ]
    const ratios = more.map((pj, place) => pj / less[place])
    return {
      process: process.name,
      ratio: [Math.min(...ratios), Math.max(...ratios)],
      source: process.source,
    }
  })
}

function memoryOf(cells: readonly Cell[], { workload, kernels, adapter, program }: Profile): Cell['memory'] {
  return cells.find(
    (cell) =>
      cell.workload === workload &&
      cell.kernels === kernels &&
      cell.adapter === adapter &&
      cell.latency?.shared.program === program,
  )?.memory
}

/** The energy of one inference: with weights on the chip, and with weights in DRAM at its least and its most. */
function picojoules(
  { multiplyAdd, sram, dram }: Process,
  { precision, device: { layers } }: Profile,
  memory: Memory,
): number[] {
  const sumOf = (figure: (layer: (typeof layers)[number]) => number): number =>
    layers.reduce((sum, layer) => sum + figure(layer), 0)
  const [, near] = sram.find(([bytes]) => ramOf(memory) <= bytes)!
  const { weightBytes } = memory
  const activations = Math.max(0, sumOf(({ bytes }) => bytes) - weightBytes)
  const ownPj = precision === 'mixed' ? Number.NaN : multiplyAdd[precision]
  const computing = sumOf(({ macs }) => macs) * ownPj + (activations / 8) * near
  return [sram.at(-1)![1], ...dram].map((far) => computing + (weightBytes / 8) * far)
}
