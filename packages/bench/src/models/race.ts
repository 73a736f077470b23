import {
  Calibration,
  type Execution,
  type KernelDevice,
  load,
  lower,
  modelOf,
  OctetError,
  type Program,
  type Tensor,
  tensorsOf,
  macsOfProgram,
} from '@octet/core'
import { type Effort, pairedRatio, race } from '@octet/core/statistics'
import { exportOnnx } from '@octet/onnx'
import { type ModelRace, type ModelTime } from '@octet/results'
import { batchOf, type Workload } from '@octet/workloads'
import { trivialModel } from '../peers/library/onnx-graph.ts'
import { largestOf, mismatchOf } from '../peers/mismatch.ts'
import type { PeerTeam } from '../peers/team.ts'
import { messageOf } from '../show/message.ts'
import { configurations, configure, FP32 } from '../sweep/configurations.ts'
import { calibrationBatches } from '../sweep/seen.ts'
import { type ModelContender, modelContender } from './contender.ts'
import { normalized, peerRunner, programRunner, trivialRunner } from './runner.ts'

export const MODEL_EFFORT: Effort = { rounds: 31, regionNs: 10e6, budgetNs: 15e9 }

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
export interface ReadyModel {
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
export async function readyModel(workload: Workload): Promise<ReadyModel> {
  const { id, graph, normalizer } = workload
  const model = modelOf(graph)
  const calibration = new Calibration(model, normalizer, calibrationBatches(workload))
  const programs: Program[] = []
  for (const configuration of [...INT8, FP32])
    programs.push(lower(await configure(model, calibration, configuration), { batch: 1, normalizer }))
  const [sample, ...more] = tensorsOf(batchOf(workload.evaluation, 0, 1))
  if (more.length > 0 || graph.states !== undefined)
    throw new OctetError(`${id} has several inputs, and a race takes one`, 'leave it out')
  return { workload: id, programs, onnx: exportOnnx(graph), sample, input: normalized(sample, normalizer) }
}

/**
 * Times a model from input on the host to output on the host, ours and the peers' in the same rounds, and beside each
 * the same with one elementwise op in the model's place. A peer whose FP32 output is not ours is not timed.
 * @throws What our own device throws.
 */
export async function raceModel(
  ready: ReadyModel,
  { kernels, device }: { readonly kernels: string; readonly device: KernelDevice },
  team: PeerTeam | undefined,
  effort: Effort = MODEL_EFFORT,
): Promise<ModelRace> {
  const { workload, programs, sample } = ready
  const executions: Execution[] = []
  const trivial = await trivialRunner(device, sample)
  try {
    const contenders: ModelContender[] = []
    const absent: ModelRace['absent'][number][] = []
    let expected: Tensor<'float32'> | undefined
    for (const program of programs) {
      const execution = await load(program, device)
      executions.push(execution)
      const precision = program.precision === 'fp32' ? 'fp32' : 'int8'
      if (precision === 'fp32') expected = await execution.run(sample)
      const fallback = execution.fallbackOps
      const note = fallback.length > 0 ? { note: `on the reference: ${fallback.join(', ')}` } : {}
      const about = { by: OURS, precision, ...note } as const
      contenders.push(modelContender(about, programRunner(execution, sample), trivial))
    }
    for (const entry of team?.entries ?? [])
      if (entry.runsModels && entry.format === 'f32')
        try {
          contenders.push(await peerContender(ready, entry, expected))
        } catch (error) {
          absent.push({ by: entry.name, precision: 'fp32', reason: messageOf(error) })
        }
    for (const { name, reason } of team?.absent ?? []) absent.push({ by: name, precision: 'fp32', reason })
    await race(contenders, effort)
    return {
      workload,
      package: kernels,
      adapter: device.info.id,
      macs: macsOfProgram(programs[0]),
      times: contenders.map((one) => timeOf(one, contenders)),
      absent,
    }
  } finally {
    for (const execution of executions) await execution.dispose()
    trivial.free()
  }
}

/** A peer with the model loaded, once its output is ours. */
async function peerContender(
  { onnx, input, sample }: ReadyModel,
  { name, where, process }: PeerTeam['entries'][number],
  expected: Tensor<'float32'> | undefined,
): Promise<ModelContender> {
  const whole = await peerRunner(process, onnx, input.data, input.shape)
  const wrong = expected && mismatchOf(whole.output, expected.data, TOLERANCE * largestOf(expected.data))
  if (wrong !== undefined) throw new Error(wrong)
  const trivial = await peerRunner(process, trivialModel(sample.shape), input.data, input.shape)
  return modelContender({ by: name, precision: 'fp32', note: where }, whole, trivial)
}

function timeOf(one: ModelContender, all: readonly ModelContender[]): ModelTime {
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
