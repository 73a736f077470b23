import {
  Calibration,
  type ExactKernels,
  lower,
  macsOfProgram,
  modelOf,
  OctetError,
  type Program,
  sampleInputs,
  tensor,
  type Tensor,
  tensorsOf,
} from '@octet/core'
import { Random } from '@octet/core/statistics'
import { exportOnnx } from '@octet/onnx'
import type { ModelRace } from '@octet/results'
import { batchOf, sizeOf } from '@octet/workloads'
import type { Source } from '../source/open.ts'
import { configurations, configure } from '../sweep/configurations.ts'
import { calibrationBatches } from '../sweep/seen.ts'
import { normalized } from './runner.ts'

/** The first configuration of `octet bench`: per-channel weights, activations calibrated by min-max. */
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

/** The seed that draws the input of a model without samples. */
const SEED = 1

/** A model that is ready to race: batch 1, in our precisions and as ONNX. */
export interface ReadyModel {
  readonly workload: string
  readonly programs: readonly Program[]
  readonly onnx: Uint8Array
  /** The raw sample, for our programs. */
  readonly sample: Tensor<'float32'>
  /** The normalized sample, for the ONNX model. */
  readonly input: Tensor<'float32'>
  /** A remark that holds for all its times. */
  readonly note?: string
  /** Those of our precisions that cannot be timed. */
  readonly absent: ModelRace['absent']
}

/**
 * Lowers a model to FP32, and to INT8 if it came quantized or if it has readings to calibrate it. A model without
 * samples gets a random input, because a time depends on the shape of the input and not on its values.
 * @param exact computes in the reference's place
 * @throws OctetError if the model cannot be quantized or exported.
 */
export async function readyModel(source: Source, exact?: ExactKernels): Promise<ReadyModel> {
  const { id, graph, normalizer } = source
  if (sampleInputs(graph).length > 1 || graph.states !== undefined)
    throw new OctetError(
      `${id} has several inputs, and a race takes one`,
      'leave it out, or make the others constants by --set NAME=VALUE',
    )
  const model = modelOf(graph)
  const lowered = { batch: 1, normalizer }
  const programs: Program[] = []
  const { delivered } = source
  if (delivered?.isItself === true) programs.push(lower(delivered.model, lowered))
  else if ('calibration' in source) {
    const calibration = new Calibration(model, normalizer, calibrationBatches(source), exact)
    for (const configuration of INT8)
      programs.push(lower(await configure(model, calibration, configuration), lowered))
  }
  programs.push(lower({ precision: 'fp32', model }, lowered))
  const given = sampleOf(source)
  const sample = given ?? randomSample(source)
  return {
    workload: id,
    programs,
    onnx: exportOnnx(graph),
    sample,
    input: normalized(sample, normalizer),
    ...(given === undefined && { note: `on random input, uniform in [0, 1), seed ${SEED}` }),
    absent: programs.some(({ precision }) => precision === 'int8')
      ? []
      : [{ by: 'octet', precision: 'int8', reason: 'Nothing calibrates it: give --calib X.npy' }],
  }
}

/** Multiply-accumulates for calibrating a model. 0 if it needs no calibration. */
export function macsToCalibrate(source: Source): number {
  if (!('calibration' in source) || source.delivered?.isItself === true) return 0
  const { graph, normalizer, calibration } = source
  const single = lower({ precision: 'fp32', model: modelOf(graph) }, { batch: 1, normalizer })
  return macsOfProgram(single) * sizeOf(calibration)
}

/** The first of its raw samples. */
function sampleOf(source: Source): Tensor<'float32'> | undefined {
  const readings = 'evaluation' in source ? source.evaluation : 'calibration' in source && source.calibration
  return readings ? tensorsOf(batchOf(readings, 0, 1))[0] : undefined
}

function randomSample({ graph }: Source): Tensor<'float32'> {
  const random = new Random(SEED)
  const sample = tensor('float32', [1, ...sampleInputs(graph)[0].shape])
  for (let i = 0; i < sample.data.length; i++) sample.data[i] = random.uniform()
  return sample
}
