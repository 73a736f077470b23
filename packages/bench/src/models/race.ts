import {
  Calibration,
  type Execution,
  type KernelDevice,
  load,
  lower,
  modelOf,
  type Program,
  type Tensor,
} from '@octet/core'
import { exportOnnx } from '@octet/onnx'
import { type ModelRace, type ModelTime, pairedRatio } from '@octet/results'
import { batchOf, type Workload } from '@octet/workloads'
import { interleave, type KernelEffort } from '../kernels/rounds.ts'
import { macsOfProgram } from '../measure/work.ts'
import { onnxModel } from '../peers/library/onnx-model.ts'
import type { PeerTeam } from '../peers/team.ts'
import { configurations, configure, FP32 } from '../sweep/configurations.ts'
import { calibrationBatches } from '../sweep/seen.ts'
import { Contestant, enter, type Entry } from './contestant.ts'
import { normalized, peerRunner, programRunner, trivialRunner } from './runner.ts'

export const MODEL_EFFORT: KernelEffort = { rounds: 31, regionNs: 10e6, budgetNs: 15e9 }

/** How far a peer's FP32 output may be from ours, as a share of the largest. */
const TOLERANCE = 1e-3
const OURS = 'octet'
/** What `octet bench` begins with: per-channel weights, activations calibrated by their extremes. */
const INT8 = configurations({
  methods: ['ptq'],
  precisions: ['int8'],
  calibrations: ['minmax'],
  granularities: ['per-channel'],
  schemes: ['affine'],
  weightBits: [8],
  wholeProduct: false,
  transforms: ['none'],
})

/** A workload's model ready to be raced: batch 1, in our precisions and as ONNX. */
export interface Entrant {
  readonly workload: string
  readonly programs: readonly Program[]
  readonly onnx: Uint8Array
  /** Raw, as our programs take it. */
  readonly sample: Tensor<'float32'>
  /** Normalized, as the ONNX model takes it. */
  readonly input: Tensor<'float32'>
}

/**
 * Lowers a workload to INT8 and to FP32.
 * @throws OctetError where it cannot be quantized or exported.
 */
export async function entrantOf(workload: Workload): Promise<Entrant> {
  const { id, graph, normalizer } = workload
  const model = modelOf(graph)
  const calibration = new Calibration(model, normalizer, calibrationBatches(workload))
  const programs: Program[] = []
  for (const configuration of [...INT8, FP32])
    programs.push(lower(await configure(model, calibration, configuration), { batch: 1, normalizer }))
  const sample = batchOf(workload.evaluation, 0, 1)
  return { workload: id, programs, onnx: exportOnnx(graph), sample, input: normalized(sample, normalizer) }
}

/**
 * Times a model from input on the host to output on the host, ours and the peers' in the same rounds, and beside each
 * the same with one elementwise op in the model's place. A peer whose FP32 output is not ours is not timed.
 * @throws What our own device throws.
 */
export async function raceModel(
  entrant: Entrant,
  { kernels, device }: { readonly kernels: string; readonly device: KernelDevice },
  team: PeerTeam | undefined,
  effort: KernelEffort = MODEL_EFFORT,
): Promise<ModelRace> {
  const { workload, programs, sample } = entrant
  const executions: Execution[] = []
  const trivial = await trivialRunner(device, sample)
  try {
    const entries: Entry[] = []
    let expected: Tensor<'float32'> | undefined
    for (const program of programs) {
      const execution = await load(program, device)
      executions.push(execution)
      const precision = program.precision === 'fp32' ? 'fp32' : 'int8'
      if (precision === 'fp32') expected = await execution.run(sample)
      const fallback = execution.fallbackOps
      const note = fallback.length > 0 ? { note: `on the reference: ${fallback.join(', ')}` } : {}
      const about = { by: OURS, precision, ...note } as const
      entries.push({ contestant: new Contestant(about, programRunner(execution, sample), trivial) })
    }
    for (const entry of team?.entries ?? [])
      if (entry.runsModels && entry.format === 'f32')
        entries.push(
          await enter({ by: entry.name, precision: 'fp32' }, () => challenge(entrant, entry, expected)),
        )
    const contestants = entries.flatMap((one) => ('contestant' in one ? [one.contestant] : []))
    let lapNs = 0
    for (const one of contestants) lapNs += await one.fill(effort.regionNs)
    await interleave(
      contestants.map((one) => () => one.run()),
      lapNs,
      effort,
    )
    return {
      workload,
      package: kernels,
      adapter: device.info.id,
      macs: macsOfProgram(programs[0]),
      times: contestants.map((one) => timeOf(one, contestants)),
      absent: [
        ...entries.flatMap((one) => ('reason' in one ? [one] : [])),
        ...(team?.absent ?? []).map(({ name, reason }) => ({ by: name, precision: 'fp32' as const, reason })),
      ],
    }
  } finally {
    for (const execution of executions) await execution.dispose()
    trivial.free()
  }
}

/** A peer with the model loaded, once its output is ours. */
async function challenge(
  { onnx, input, sample }: Entrant,
  { name, where, process }: PeerTeam['entries'][number],
  expected: Tensor<'float32'> | undefined,
): Promise<Contestant> {
  const whole = await peerRunner(process, onnx, input.data, input.shape)
  const wrong = expected && faultIn(whole.output, expected.data)
  if (wrong !== undefined) throw new Error(wrong)
  const trivial = await peerRunner(process, trivialModel(sample), input.data, input.shape)
  return new Contestant({ by: name, precision: 'fp32', note: where }, whole, trivial)
}

/** One elementwise op over the input. */
function trivialModel({ shape }: Tensor<'float32'>): Uint8Array {
  const value = { type: 'float32', dims: shape } as const
  return onnxModel({
    nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
    initializers: [],
    inputs: [{ name: 'x', ...value }],
    outputs: [{ name: 'y', ...value }],
  })
}

function faultIn(output: Float32Array, expected: Float32Array): string | undefined {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const wrong = expected.findIndex(
    (value, index) => !(Math.abs(value - output[index]) <= TOLERANCE * largest),
  )
  return output.length === expected.length && wrong < 0
    ? undefined
    : `it computes something else: ${output[wrong]} for ${expected[wrong]} at ${wrong}`
}

function timeOf(one: Contestant, all: readonly Contestant[]): ModelTime {
  const ours = all.filter(({ by }) => by === OURS)
  const fp32 = all.find(({ by, precision }) => by === one.by && precision === 'fp32')
  return {
    by: one.by,
    precision: one.precision,
    samples: one.samples,
    overhead: one.overhead,
    ...(fp32 !== undefined && fp32 !== one && { vsFp32: pairedRatio(fp32.samples, one.samples) }),
    ...(one.by !== OURS && {
      ours: ours.map(({ precision, samples }) => ({ precision, ratio: pairedRatio(one.samples, samples) })),
    }),
    ...(one.note !== undefined && { note: one.note }),
  }
}
