import { type Cell, type Memory, ramOf } from '../run/cell.ts'
import type { Profile } from '../run/profile.ts'
import type { Run } from '../run/run.ts'

/** Energy of operations in one process, in pJ. */
interface Process {
  readonly name: string
  readonly source: string
  /** A product of one precision, and its addition to a sum of 32 bits. */
  readonly multiplyAdd: Readonly<Record<'fp32' | 'fp16' | 'int8', number>>
  /** Reading or writing 64 bits in SRAM of at most so many bytes; the last is for all larger ones. */
  readonly sram: readonly (readonly [bytes: number, pj: number])[]
  /** Reading 64 bits from DRAM, from the least to the most. */
  readonly dram: readonly [number, number]
}

/** The tables that are known. Sums are of float32 for FP16, and of int32 for INT8. */
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
 * A run whose profiles say how much more energy FP32 would take than they do on an ideal datapath: arithmetic, and the
 * bytes that the steps read and write, activations in SRAM as large as their block, weights in SRAM of 1 MB or in DRAM.
 * Nothing else of a processor is in it, so that only the ratio of two precisions means anything.
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

/** Of one inference: with weights on the chip, and from DRAM at its least and its most. */
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
