import { type Execution, type KernelDevice, load, macsOfProgram, type Tensor } from '@octet/core'
import { type Effort, pairedRatio, race } from '@octet/core/statistics'
import { type ModelRace, type ModelTime } from '@octet/results'
import { trivialModel } from '../peers/library/onnx-graph.ts'
import { largestOf, mismatchOf } from '../peers/mismatch.ts'
import type { PeerTeam } from '../peers/team.ts'
import { messageOf } from '../show/message.ts'
import { type ModelContender, modelContender } from './contender.ts'
import type { ReadyModel } from './ready.ts'
import { peerRunner, programRunner, trivialRunner } from './runner.ts'

export const MODEL_EFFORT: Effort = { rounds: 31, regionNs: 10e6, budgetNs: 15e9 }

/** The largest difference of a peer's FP32 output from ours, as a share of the largest value. */
const TOLERANCE = 1e-3
const OURS = 'octet'

/**
 * Times a model from input on the host to output on the host. Our programs and the peers' run in the same rounds.
 * Beside each runs the same path with one elementwise op in the model's place. A peer whose FP32 output differs from
 * ours is not timed.
 * @throws Any error of our own device.
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
    const absent = [...ready.absent]
    let expected: Tensor<'float32'> | undefined
    for (const program of programs) {
      const execution = await load(program, device)
      executions.push(execution)
      const precision = program.precision === 'fp32' ? 'fp32' : 'int8'
      if (precision === 'fp32') expected = await execution.run(sample)
      const fallback = execution.fallbackOps
      const notes = [
        ...(fallback.length > 0 ? [`on the reference: ${fallback.join(', ')}`] : []),
        ...(ready.note === undefined ? [] : [ready.note]),
      ]
      const { dispatches } = execution
      const about = {
        by: OURS,
        precision,
        dispatches,
        ...(notes.length > 0 && { note: notes.join('; ') }),
      } as const
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

/** A peer that has loaded the model, after its output agreed with ours. */
async function peerContender(
  { onnx, input, sample, note }: ReadyModel,
  { name, where, process }: PeerTeam['entries'][number],
  expected: Tensor<'float32'> | undefined,
): Promise<ModelContender> {
  const whole = await peerRunner(process, onnx, input.data, input.shape)
  const wrong = expected && mismatchOf(whole.output, expected.data, TOLERANCE * largestOf(expected.data))
  if (wrong !== undefined) throw new Error(wrong)
  const trivial = await peerRunner(process, trivialModel(sample.shape), input.data, input.shape)
  const about = note === undefined ? where : `${where}; ${note}`
  return modelContender({ by: name, precision: 'fp32', note: about }, whole, trivial)
}

function timeOf(one: ModelContender, all: readonly ModelContender[]): ModelTime {
  const ours = all.filter(({ by }) => by === OURS)
  const fp32 = all.find(({ by, precision }) => by === one.by && precision === 'fp32')
  return {
    by: one.by,
    precision: one.precision,
    samples: one.samples,
    overhead: one.overhead,
    ...(one.dispatches !== undefined && { dispatches: one.dispatches }),
    ...(fp32 !== undefined && fp32 !== one && { vsFp32: pairedRatio(fp32.samples, one.samples) }),
    ...(one.by !== OURS && {
      ours: ours.map(({ precision, samples }) => ({ precision, ratio: pairedRatio(one.samples, samples) })),
    }),
    ...(one.note !== undefined && { note: one.note }),
  }
}
