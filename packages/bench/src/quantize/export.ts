import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import {
  countOf,
  type ExactKernels,
  lower,
  macsOfProgram,
  modelOf,
  OctetError,
  type QuantizedModel,
  sampleInputs,
  type Samples,
  type State,
  yieldedBy,
} from '@octet/core'
import { quantizedOnnx, type RawInput, readDescription, type TargetId, TARGETS } from '@octet/onnx'
import { configurationName, type MadeConfiguration } from '@octet/results'
import { dtypeOf, inFile, sizeOf } from '@octet/workloads'
import { rangesIn, requireFitting, type SavedRanges } from '../calibrate/ranges.ts'
import { writeCertificate } from '../certificate/certificate.ts'
import { makeCertificate } from '../certificate/make.ts'
import { inputVectors, statesInFile, vectorCount } from '../certificate/vectors.ts'
import { openExact } from '../discover/exact.ts'
import { discoverKernels } from '../discover/kernels.ts'
import { packageRoots } from '../discover/roots.ts'
import type { Outcome } from '../show/quantization.ts'
import { messageOf } from '../show/message.ts'
import type { Reporter } from '../show/reporter.ts'
import { calibrationBatches } from '../sweep/seen.ts'
import { accountOf } from './account.ts'
import { writeModel } from './file.ts'
import { judge, samplesJudged } from './judge.ts'
import { requirePlanned } from './plan.ts'
import { metadataOf, provenanceOf } from './provenance.ts'
import { observeQuantized, quantizeModel } from './quantized.ts'
import { judgedOn, type QuantizeSource } from './source.ts'

/** The model to quantize, the configuration, and the form of the file. */
export interface QuantizeRequest {
  readonly source: QuantizeSource
  readonly configuration: MadeConfiguration
  readonly seed: number
  /** The model if it is already quantized, e.g. by QAT. */
  readonly trained?: QuantizedModel
  /** Ranges from another run, which replace a calibrator. */
  readonly ranges?: SavedRanges
  readonly target: TargetId
  /** Whether the inputs take readings that the file normalizes. */
  readonly rawInput: boolean
  readonly io: 'float32' | 'float16'
  /** Where to write a certificate. Absent if none is wanted. */
  readonly certificate?: {
    readonly path: string
    /** The number of its inputs. Default: a number chosen by their size and work. */
    readonly vectors?: number
    /** Whether the user requested it. In that case a model that cannot have a certificate is refused. */
    readonly isAskedFor: boolean
  }
}

/**
 * Quantizes a model, compares it with FP32 and writes it as ONNX.
 * @throws OctetError if it cannot be quantized, or does not have the requested form.
 */
export async function exportQuantized(
  request: QuantizeRequest,
  path: string,
  reporter: Reporter,
): Promise<{ readonly outcome: Outcome; readonly json: unknown }> {
  const { source, configuration, trained, ranges, target, io } = request
  const name = `${source.id}, ${configurationName(configuration)}`
  const { normalizer } = source
  if (io === 'float16' && configuration.precision !== 'fp16')
    throw new OctetError('--with-io fp16 goes with --precision fp16', 'leave it out')
  const model = inFile(source.file, () => modelOf(source.graph))
  if (configuration.method === 'plan') requirePlanned(model, configuration.layers)
  if (ranges !== undefined) requireFitting(ranges, source, model)
  const macs = macsOfProgram(lower({ precision: 'fp32', model }, { batch: 1, normalizer }))
  const count = samplesJudged(source, macs)
  const calibrating = configuration.method === 'none' ? 0 : sizeOf(source.calibration)
  const { found } = await discoverKernels(packageRoots())
  const exact = await openExact(found, macs * (calibrating + 2 * count), reporter)
  reporter.begin(calibrating + 2 * count)
  reporter.stage(`${name}: calibrating on ${calibrating} samples`)
  const batches = counted(calibrationBatches(source), (samples) => reporter.advance(samples))
  const calibrated = { batches, normalizer, exact, ...(ranges && { saved: rangesIn(ranges) }) }
  const quantized =
    trained === undefined
      ? await quantizeModel(model, configuration, calibrated)
      : await observeQuantized(trained, calibrated)
  reporter.stage(`${name}: comparing ${count} outputs with FP32's`)
  const onSamples = (samples: number): void => reporter.advance(samples)
  const judgement = await judge(source, model, quantized.model, { count, exact, onSamples })
  reporter.stage(`${name}: writing ${path}`)
  const bytes = readFileSync(source.file)
  const description = readDescription(bytes)
  const provenance = provenanceOf(source, request)
  const graph = quantizedOnnx(quantized.model, {
    target,
    io,
    raw: request.rawInput ? rawInputs(source) : new Map(),
    description,
    metadata: metadataOf(description, provenance, judgement),
    version: provenance.version,
  })
  const written = writeModel(path, graph)
  const certificate = certify(request, { path, macs, version: provenance.version, exact }, reporter)
  await exact?.dispose()
  reporter.end()
  const layers = accountOf(quantized)
  const outcome = {
    name,
    sourceBytes: bytes.length,
    written,
    layers,
    judgement,
    weights4: TARGETS[target].weights4,
    ...(certificate && { certificate }),
  }
  const json = { ...provenance, sourceBytes: bytes.length, written, ...(certificate && { certificate }) }
  return { outcome, json: { ...json, judgement, layers } }
}

interface Certifying {
  readonly path: string
  /** Multiply-adds of one sample. */
  readonly macs: number
  readonly version: string
  readonly exact: ExactKernels | undefined
}

/** Writes the certificate of the written file. Undefined if none is wanted or the model cannot have one. */
function certify(
  { source, configuration, rawInput, certificate }: QuantizeRequest,
  { path, macs, version, exact }: Certifying,
  reporter: Reporter,
): Outcome['certificate'] {
  if (certificate === undefined || (configuration.precision === 'fp16' && !certificate.isAskedFor))
    return undefined
  try {
    const bytes = readFileSync(path)
    const count = vectorCount(source, macs, certificate.vectors)
    const description = readDescription(bytes)
    const inputs = inputVectors(source, description.values, { count, rawInput })
    const yielded = Array.from(new Set(yieldedBy(source.graph)))
    const nameOf = ({ output }: State): string => description.outputs[yielded.indexOf(output)]
    const states = statesInFile(source.graph, description, nameOf)
    const of = judgedOn(source).name
    const made = makeCertificate({ name: basename(path), bytes, inputs, states, of, version, exact })
    writeCertificate(certificate.path, made)
    return { path: certificate.path, vectors: made.vectors.count, tensors: made.tensors.length }
  } catch (error) {
    if (!(error instanceof OctetError) || certificate.isAskedFor) throw error
    reporter.log(`${path} has no certificate: ${messageOf(error)}`)
    return undefined
  }
}

/** How each input of the samples is stored and normalized. */
function rawInputs({ graph, normalizer, calibration }: QuantizeSource): ReadonlyMap<string, RawInput> {
  const raw = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
  return new Map(
    sampleInputs(graph).map(({ name }, i): [string, RawInput] => {
      const { offset, scale } = i === 0 ? normalizer : (normalizer.beside?.get(name) ?? raw)
      return [name, { dtype: i === 0 ? dtypeOf(calibration) : 'float32', offset, scale }]
    }),
  )
}

/** The same batches. The first pass over them reports the number of samples so far. */
function counted(batches: Iterable<Samples>, passed: (samples: number) => void): Iterable<Samples> {
  let isFirst = true
  return {
    *[Symbol.iterator]() {
      const tells = isFirst
      isFirst = false
      for (const batch of batches) {
        yield batch
        if (tells) passed(countOf(batch))
      }
    },
  }
}
