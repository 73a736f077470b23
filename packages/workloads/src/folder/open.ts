import { basename, join } from 'node:path'
import { importOnnx } from '@octet/onnx'
import { inferShapes, lower, modelOf, OctetError, type Graph, type Normalizer } from '@octet/core'
import { inFile, list, readBytes } from '../file.ts'
import { readJson } from '../json.ts'
import { isName, NAME_RULE, nameFrom } from '../name.ts'
import { rowsAbsentFrom } from '../overlap.ts'
import { majorityShare, select, selectReadings, type Readings, type Samples } from '../samples.ts'
import { allRows, shuffled, stratify } from '../split.ts'
import type { Recorded, Workload } from '../workload.ts'
import { readIdxSamples, readReadings, readSamples } from './arrays.ts'
import { ManifestSchema, recordedIn, type Manifest } from './manifest.ts'
import { normalizerOf, type Normalization } from './normalize.ts'
import { normalizedBy } from './normalized.ts'

const CALIBRATION_SAMPLES = 512
/** Where nothing else is given, at most this share of the evaluation samples is set aside to calibrate. */
const RESERVED_SHARE = 0.2
const SEED = 1

const TRAINING_IDX = { x: 'train-images-idx3-ubyte.gz', y: 'train-labels-idx1-ubyte.gz' }
/** Where a workload folder keeps models that were trained for it. */
export const TRAINED = 'trained'

/** Paths of a model and its data, as a workload folder or a command line names them. */
export interface ModelFiles {
  /** FP32 ONNX model. */
  readonly model: string
  /** NPY [N, ...input]: raw readings to evaluate on. */
  readonly evaluation: string
  /** NPY [N]: their classes. Not read for a model of one output, which has none. */
  readonly labels?: string
  /** NPY [N, ...input]. Left out: drawn from the training samples, else set aside from the evaluation samples. */
  readonly calibration?: string
  /** NPY [N, ...input] and [N]; or IDX images and labels, gzipped. */
  readonly training?: { readonly x: string; readonly y: string }
  /** JSON: name, normalization, classes, licence, measured accuracy. */
  readonly manifest?: string
  /** What a command line says, which goes before what the manifest says. */
  readonly stated?: Stated
}

/** Fields of a manifest that a command line gives. */
export interface Stated {
  readonly name?: string
  readonly normalize?: Normalization
  readonly classes?: readonly string[]
}

const MANIFEST_MEND = 'mend that field: packages/workloads/README.md lists what a manifest.json holds'
const MODEL_MEND = 'export the model without it, or in another form: README.md lists the ops that run'

/**
 * Opens a workload folder: model_fp32.onnx, x_eval.npy, y_eval.npy, manifest.json, optionally x_calib.npy and
 * x_train.npy with y_train.npy (or MNIST's train-images-idx3-ubyte.gz with train-labels-idx1-ubyte.gz), and a folder
 * `trained`.
 * @throws OctetError as `openModel` does, or for a file that is missing.
 */
export async function openFolder(folder: string): Promise<Workload> {
  const present = new Set(await list(folder))
  const path = (name: string): string => join(folder, name)
  for (const name of ['model_fp32.onnx', 'x_eval.npy', 'manifest.json'])
    if (!present.has(name))
      throw new OctetError(
        `${folder}: ${name} is missing`,
        'a workload folder holds model_fp32.onnx, x_eval.npy, y_eval.npy (its classes) and manifest.json, x_calib.npy as a rule',
      )
  if (present.has('x_train.npy') !== present.has('y_train.npy'))
    throw new OctetError(
      `${folder}: of x_train.npy and y_train.npy, one is missing`,
      'add it, or remove the other',
    )
  const npy = { x: 'x_train.npy', y: 'y_train.npy' }
  const training = [npy, TRAINING_IDX].find(({ x, y }) => present.has(x) && present.has(y))
  const workload = await openModel({
    model: path('model_fp32.onnx'),
    evaluation: path('x_eval.npy'),
    ...(present.has('y_eval.npy') && { labels: path('y_eval.npy') }),
    manifest: path('manifest.json'),
    ...(present.has('x_calib.npy') && { calibration: path('x_calib.npy') }),
    ...(training && { training: { x: path(training.x), y: path(training.y) } }),
  })
  return present.has(TRAINED) ? { ...workload, trained: path(TRAINED) } : workload
}

/**
 * Opens a model with its data from explicit files. Evaluation samples that also occur among the calibration readings
 * are left out of the evaluation, and the notes say so.
 * @throws OctetError, one line, for a missing or damaged file, shapes or labels that do not fit the model, a value that
 * is not finite, or an empty set.
 */
export async function openModel(files: ModelFiles): Promise<Workload> {
  const { name, normalize: flag, classes: named } = files.stated ?? {}
  if (name !== undefined && !isName(name)) throw new OctetError(`"${name}" cannot be a name`, NAME_RULE)
  const manifest: Manifest = {
    ...(files.manifest === undefined ? {} : await readJson(files.manifest, ManifestSchema, MANIFEST_MEND)),
    ...(name !== undefined && { name }),
    ...(named !== undefined && { classes: named }),
  }
  const bytes = await readBytes(files.model)
  const graph = inFile(files.model, () => importOnnx(bytes), MODEL_MEND)
  const classes = inFile(files.model, () => classesOf(graph, manifest), MODEL_MEND)
  const training = files.training
  const given = await evaluationSamples(files, graph, classes)
  requireStoredAs(manifest, given, files.evaluation)
  const { calibration, evaluation, notes, recorded } = await divide(files, graph, given, manifest)
  const id = manifest.name ?? nameFrom(basename(files.model, '.onnx'))
  const stated = manifest.input?.normalize
  const normalized = normalizedBy(
    {
      flag,
      manifest: stated && { path: files.manifest!, normalization: stated },
      model: { path: files.model, bytes },
    },
    given.x.dtype,
    graph.input.shape,
  )
  const normalizer = normalizerOf(normalized.normalization)
  inFile(files.model, () => requireRunnable(graph, normalizer), MODEL_MEND)
  return {
    id,
    title: id,
    ...taskOf(classes, manifest),
    classes,
    licence: manifest.license ?? 'not stated',
    source: manifest.source ?? files.model,
    input: graph.input.shape,
    normalizer,
    normalizedBy: normalized.by,
    graph,
    calibration,
    evaluation,
    ...(training &&
      classes.length > 0 && {
        training: () =>
          training.x.endsWith('.gz')
            ? readIdxSamples(training.x, training.y, graph.input.shape, classes.length)
            : readSamples(training.x, training.y, graph.input.shape, classes.length),
      }),
    split: `as the files have it: ${evaluation.y.length} evaluation, ${calibration.x.shape[0]} calibration`,
    notes: [...oneOutputNotes(classes, files), ...notes, ...normalized.notes, ...notesOf(manifest)],
    ...(classes.length > 0 && { majorityShare: majorityShare(evaluation.y) }),
    ...(recorded && { recorded }),
  }
}

/** Whoever uses the graph builds this again: refused here, the file is at hand to be named. */
function requireRunnable(graph: Graph, normalizer: Normalizer): void {
  lower({ precision: 'fp32', model: modelOf(graph) }, { batch: 1, normalizer })
}

/**
 * Evaluation samples with their labels; a model of one output has no classes, and its samples the label 0 throughout.
 */
async function evaluationSamples(
  { evaluation, labels, model }: ModelFiles,
  { input }: Graph,
  { length: classes }: readonly string[],
): Promise<Samples> {
  if (classes === 0) {
    const { x } = await readReadings(evaluation, input.shape)
    return { x, y: new Int32Array(x.shape[0]) }
  }
  if (labels === undefined)
    throw new OctetError(
      `${model}: it has ${classes} classes, and y_eval.npy is missing: nothing says which is right`,
      'give the class of each sample: y_eval.npy in a folder, --labels with a model',
    )
  return readSamples(evaluation, labels, input.shape, classes)
}

function taskOf(classes: readonly string[], { task }: Manifest): Pick<Workload, 'task' | 'metric'> {
  return classes.length > 0
    ? { task: task ?? `classification, ${classes.length} classes`, metric: 'top-1 accuracy' }
    : { task: task ?? 'one output, compared with that of FP32', metric: 'output SQNR' }
}

/** What a reader must know of a model that has no classes. */
function oneOutputNotes(classes: readonly string[], { labels }: ModelFiles): string[] {
  if (classes.length > 0) return []
  const unused = labels === undefined ? '' : ` and ${basename(labels)} is not used`
  return [`the model has one output: it has no classes, so no accuracy is computed${unused}`]
}

interface Division {
  readonly calibration: Readings
  readonly evaluation: Samples
  readonly notes: readonly string[]
  readonly recorded: Recorded | undefined
}

/** Finds calibration readings, and keeps them and the evaluation samples apart. */
async function divide(
  files: ModelFiles,
  graph: Graph,
  given: Samples,
  manifest: Manifest,
): Promise<Division> {
  const count = given.y.length
  const drawable = files.training?.x.endsWith('.npy') === true ? files.training.x : undefined
  const from = files.calibration ?? drawable
  if (from === undefined) {
    const reserved = Math.min(CALIBRATION_SAMPLES, Math.floor(count * RESERVED_SHARE))
    if (reserved === 0)
      throw new OctetError(
        `${files.evaluation}: ${count} samples are too few to set some aside for calibration`,
        'give calibration samples: x_calib.npy in a folder, --calib with a model',
      )
    const [calibrationRows, evaluationRows] = stratify(given.y, reserved, SEED)
    return {
      calibration: selectReadings(given, calibrationRows),
      evaluation: select(given, evaluationRows),
      notes: [
        `no calibration data given: ${reserved} of ${count} evaluation samples calibrate instead (seed ${SEED})`,
      ],
      recorded: undefined,
    }
  }
  const all = await readReadings(from, graph.input.shape)
  if (all.x.dtype !== given.x.dtype)
    throw new OctetError(
      `${from}: it is stored as ${all.x.dtype}, ${files.evaluation} as ${given.x.dtype}`,
      'save both with one dtype, as the sensor delivers its readings',
    )
  const calibration =
    files.calibration === undefined
      ? selectReadings(all, shuffled(allRows(all.x.shape[0]), SEED).subarray(0, CALIBRATION_SAMPLES))
      : all
  const drawn =
    files.calibration === undefined ? [`calibration readings are drawn from ${from} (seed ${SEED})`] : []
  const kept = rowsAbsentFrom(calibration, given)
  if (kept.length === 0)
    throw new OctetError(
      `${files.evaluation}: every sample is also in ${from}`,
      'calibrate with other samples',
    )
  const left = count - kept.length
  if (left === 0) {
    const recorded = recordedIn(manifest, 'all')
    return {
      calibration,
      evaluation: given,
      notes: drawn,
      recorded: recorded?.samples === count ? recorded : undefined,
    }
  }
  return {
    calibration,
    evaluation: select(given, kept),
    notes: [
      ...drawn,
      `${left} of ${count} evaluation samples are left out, as they also occur in the calibration data`,
    ],
    recorded: recordedIn(manifest, 'disjoint'),
  }
}

/** The names of the classes; none of a model of one output. */
function classesOf(graph: Graph, manifest: Manifest): readonly string[] {
  const shape = inferShapes(graph, 1).get(graph.output)!
  if (shape.length !== 2)
    throw new OctetError(
      `its output "${graph.output}" has shape [${['N', ...shape.slice(1)].join(', ')}], not [N, classes]`,
      shape.length < 2
        ? 'export it without the Squeeze or Reshape that takes away its last dimension: one output is [N, 1]'
        : 'export it with a Flatten or a pooling before the classes',
    )
  if (shape[1] === 1) return []
  const classes = manifest.classes ?? Array.from({ length: shape[1] }, (_, index) => String(index))
  if (classes.length !== shape[1])
    throw new OctetError(
      `its output has ${shape[1]} classes, the manifest names ${classes.length}`,
      'name each class in classes of manifest.json (or --classes), in the order of the output',
    )
  return classes
}

function requireStoredAs(manifest: Manifest, { x }: Readings, path: string): void {
  const stated = manifest.input?.stored_dtype
  if (stated !== undefined && stated !== x.dtype)
    throw new OctetError(
      `${path}: it is stored as ${x.dtype}, the manifest says ${stated}`,
      'mend input.stored_dtype of manifest.json, or save the samples as it says',
    )
}

function notesOf({ published, note }: Manifest): readonly string[] {
  return [
    ...(published === undefined ? [] : [`published: ${published}`]),
    ...(note === undefined ? [] : [note]),
  ]
}
