import { basename, join } from 'node:path'
import {
  isLabelled,
  lower,
  modelOf,
  OctetError,
  sampleInputs,
  type Graph,
  type Normalizer,
  type TaskId,
  TASKS,
  type Tensor,
} from '@octet/core'
import { inFile, list } from '../file.ts'
import { readJson } from '../json.ts'
import { isName, NAME_RULE, nameFrom } from '../name.ts'
import { rowsAbsentFrom } from '../overlap.ts'
import {
  dtypeOf,
  select,
  selectReadings,
  sizeOf,
  strataOf,
  type FiledReadings,
  type Readings,
  type Samples,
  type SensorDType,
} from '../samples.ts'
import { allRows, shuffled, stratify } from '../split.ts'
import type { BareModel, CalibratedModel, Recorded, Workload } from '../workload.ts'
import { labelled, readIdxSamples, readLabels, readReadings, readSamples, sampleShapes } from './arrays.ts'
import { fileReadings } from './filed.ts'
import { ManifestSchema, recordedIn, type Manifest } from './manifest.ts'
import { type ModelChoice, type ModelRead, readModel } from './model.ts'
import { normalizerOf } from './normalize.ts'
import { type Normalized, normalizedBy, normalizersBeside } from './normalized.ts'
import type { Stated } from './stated.ts'
import { type Purpose, purposeOf } from './task.ts'

const CALIBRATION_SAMPLES = 512
/** The largest share of the evaluation samples that is set aside for calibration if no other samples are given. */
const RESERVED_SHARE = 0.2
const SEED = 1

const TRAINING_IDX = { x: 'train-images-idx3-ubyte.gz', y: 'train-labels-idx1-ubyte.gz' }
/** The name of the folder, inside a workload folder, with models that were trained for it. */
export const TRAINED = 'trained'

/** Paths of a model and its data, from a workload folder or a command line. */
export interface ModelFiles {
  /** The FP32 ONNX model. */
  readonly model: string
  /** NPY [N, ...input], or NPZ with an array for each input: raw readings for evaluation. */
  readonly evaluation: string
  /** NPY [N, ...]: labels of these readings, in the task's form. If it is left out: a task without labels. */
  readonly labels?: string
  /**
   * NPY [N, ...input]. If it is left out: drawn from the training samples, else set aside from the evaluation samples.
   */
  readonly calibration?: string
  /** NPY [N, ...input] and [N]; or gzipped IDX images and labels. */
  readonly training?: { readonly x: string; readonly y: string }
  /** JSON: name, normalization, classes, licence, measured accuracy. */
  readonly manifest?: string
  /** The settings of a command line, which override the manifest. */
  readonly stated?: Stated
}

const MANIFEST_MEND = 'correct that field: packages/workloads/README.md lists the fields of a manifest.json'
const MODEL_MEND = 'export the model without it, or in another form: README.md lists the ops that run'

/**
 * Opens a workload folder: model_fp32.onnx, x_eval.npy, manifest.json; usually y_eval.npy and x_calib.npy, x_train.npy
 * with y_train.npy (or MNIST's two gzipped IDX files), and a folder `trained`. x_eval and x_calib may be NPZ.
 * @throws OctetError as `openModel` does, or for a missing file.
 */
export async function openFolder(folder: string): Promise<Workload> {
  const present = new Set(await list(folder))
  const path = (name: string): string => join(folder, name)
  const samples = (stem: string): string | undefined =>
    [`${stem}.npy`, `${stem}.npz`].find((name) => present.has(name))
  const [evaluation = 'x_eval.npy', calibration] = ['x_eval', 'x_calib'].map(samples)
  for (const name of ['model_fp32.onnx', evaluation, 'manifest.json'])
    if (!present.has(name))
      throw new OctetError(
        `${folder}: ${name} is missing`,
        'a workload folder holds model_fp32.onnx, x_eval.npy (or .npz) and manifest.json, y_eval.npy ' +
          '(its labels) and x_calib.npy as a rule',
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
    evaluation: path(evaluation),
    ...(present.has('y_eval.npy') && { labels: path('y_eval.npy') }),
    manifest: path('manifest.json'),
    ...(calibration !== undefined && { calibration: path(calibration) }),
    ...(training && { training: { x: path(training.x), y: path(training.y) } }),
  })
  return present.has(TRAINED) ? { ...workload, trained: path(TRAINED) } : workload
}

/**
 * Opens a model with its data from explicit files. Evaluation samples that are also calibration readings are left out
 * of the evaluation, and the notes say so.
 * @throws OctetError, one line, for a missing or damaged file, shapes or labels that do not fit the model, a value that
 *   is not finite, or an empty set.
 */
export async function openModel(files: ModelFiles): Promise<Workload> {
  const manifest = await manifestOf(files)
  const read = await readModel(files.model, choiceOf(files, manifest), await sampleShapes(files.evaluation))
  const { graph } = read
  const inputs = sampleInputs(graph)
  const [input] = inputs
  const labels = files.labels === undefined ? undefined : await readLabels(files.labels)
  const clues = { graph, labels, stated: files.stated ?? {}, manifest }
  const purpose = inFile(files.model, () => purposeOf(clues), MODEL_MEND)
  const { task, decision, outputs, found } = purpose
  const classes = inFile(files.model, () => classesOf(task, outputs, manifest), MODEL_MEND)
  const training = files.training
  const given = await evaluationSamples(files, graph, purpose, labels)
  requireStoredAs(manifest, given.x.dtype, files.evaluation)
  const { calibration, evaluation, notes, recorded } = await divide(
    files,
    graph,
    { task, ...given },
    manifest,
  )
  const bare = bareModel(files, manifest, read, given.x.dtype)
  return {
    ...bare,
    title: bare.id,
    description:
      manifest.task === undefined || manifest.task === task ? TASKS[task].describe(outputs) : manifest.task,
    task,
    ...(decision && { decision }),
    ...(found !== undefined && { found }),
    classes,
    licence: manifest.license ?? 'not stated',
    source: manifest.source ?? files.model,
    input: input.shape,
    calibration,
    evaluation,
    ...(training &&
      isLabelled(task) && {
        training: () => {
          const read = training.x.endsWith('.gz') ? readIdxSamples : readSamples
          return read(training.x, training.y, inputs, { task, outputs })
        },
      }),
    split: `as the files have it: ${sizeOf(evaluation)} evaluation, ${sizeOf(calibration)} calibration`,
    notes: [...bare.notes, ...notes, ...notesOf(manifest), ...(found === undefined ? [] : [found])],
    ...(isLabelled(task) && { baseline: TASKS[task].baseline(evaluation.y, sizeOf(evaluation)) }),
    ...(recorded && { recorded }),
  }
}

/**
 * Opens a model with calibration readings, and without samples to judge it by.
 * @throws OctetError as `openModel` does.
 */
export async function openCalibrated(
  files: Pick<ModelFiles, 'model' | 'manifest' | 'stated'> & Required<Pick<ModelFiles, 'calibration'>>,
): Promise<CalibratedModel> {
  const manifest = await manifestOf(files)
  const read = await readModel(files.model, choiceOf(files, manifest), await sampleShapes(files.calibration))
  const calibration = await fileReadings(files.calibration, sampleInputs(read.graph))
  requireStoredAs(manifest, dtypeOf(calibration), files.calibration)
  return { ...bareModel(files, manifest, read, dtypeOf(calibration)), calibration }
}

/**
 * Opens a model without any data. `stated` gives the sizes of free axes.
 * @throws OctetError as `openModel` does, and for a free axis without a given size.
 */
export async function openBare(files: Pick<ModelFiles, 'model' | 'manifest' | 'stated'>): Promise<BareModel> {
  const manifest = await manifestOf(files)
  const read = await readModel(files.model, choiceOf(files, manifest), () => undefined)
  return bareModel(files, manifest, read, 'float32')
}

function bareModel(
  files: Pick<ModelFiles, 'model' | 'manifest' | 'stated'>,
  manifest: Manifest,
  read: ModelRead,
  dtype: SensorDType,
): BareModel {
  const { normalizer, normalized } = normalizing(files, manifest, read, dtype)
  inFile(files.model, () => requireRunnable(read.graph, normalizer), MODEL_MEND)
  return {
    id: idOf(files, manifest),
    graph: read.graph,
    ...(read.delivered && { delivered: { model: read.delivered, isItself: true } }),
    ...(read.isDynamic && { isDynamic: true }),
    file: files.model,
    normalizer,
    normalizedBy: normalized.by,
    notes: [...read.notes, ...normalized.notes],
  }
}

/** The settings of a model from its manifest, overridden by the command line. */
async function manifestOf({
  manifest,
  stated = {},
}: Pick<ModelFiles, 'manifest' | 'stated'>): Promise<Manifest> {
  const { name, classes } = stated
  if (name !== undefined && !isName(name)) throw new OctetError(`"${name}" cannot be a name`, NAME_RULE)
  return {
    ...(manifest === undefined ? {} : await readJson(manifest, ManifestSchema, MANIFEST_MEND)),
    ...(name !== undefined && { name }),
    ...(classes !== undefined && { classes: [...classes] }),
  }
}

function idOf({ model }: Pick<ModelFiles, 'model'>, { name }: Manifest): string {
  return name ?? nameFrom(basename(model, '.onnx'))
}

function choiceOf({ stated = {} }: Pick<ModelFiles, 'stated'>, manifest: Manifest): ModelChoice {
  return { ...choiceIn(manifest), ...choiceIn(stated) }
}

/** The normalization of a model's readings, and its source. */
function normalizing(
  { model, manifest: path, stated }: Pick<ModelFiles, 'model' | 'manifest' | 'stated'>,
  { input, inputs: others }: Manifest,
  { bytes, graph }: ModelRead,
  dtype: SensorDType,
): { readonly normalizer: Normalizer; readonly normalized: Normalized } {
  const inputs = sampleInputs(graph)
  const named = input?.normalize
  const normalized = normalizedBy(
    {
      flag: stated?.normalize,
      manifest: named && { path: path!, normalization: named },
      model: { path: model, bytes },
    },
    dtype,
    inputs[0].shape,
  )
  const normalizer = {
    ...normalizerOf(normalized.normalization),
    ...(others && { beside: normalizersBeside(inputs, others, path!) }),
  }
  return { normalizer, normalized }
}

/** The settings for reading a model, out of all settings of a manifest or a command line. */
function choiceIn({ dims, set, output, states }: ModelChoice): ModelChoice {
  return {
    ...(dims !== undefined && { dims }),
    ...(set !== undefined && { set }),
    ...(output !== undefined && { output }),
    ...(states !== undefined && { states }),
  }
}

/** Every user of the graph builds this program again. Here the error can name the file. */
function requireRunnable(graph: Graph, normalizer: Normalizer): void {
  lower({ precision: 'fp32', model: modelOf(graph) }, { batch: 1, normalizer })
}

/** Evaluation samples, with labels if the task has them. */
async function evaluationSamples(
  { evaluation, labels: labelPath }: ModelFiles,
  graph: Graph,
  { task, outputs }: Purpose,
  labels: Tensor | undefined,
): Promise<Samples> {
  const readings = await readReadings(evaluation, sampleInputs(graph))
  if (labels === undefined || !isLabelled(task)) return { ...readings, y: new Int32Array() }
  return labelled(readings, evaluation, labels, labelPath!, { task, outputs })
}

interface Division {
  readonly calibration: Readings | FiledReadings
  readonly evaluation: Samples
  readonly notes: readonly string[]
  readonly recorded: Recorded | undefined
}

/** Finds calibration readings, and keeps them separate from the evaluation samples. */
async function divide(
  files: ModelFiles,
  graph: Graph,
  { task, ...given }: Samples & { readonly task: TaskId },
  manifest: Manifest,
): Promise<Division> {
  const count = sizeOf(given)
  const isStream = graph.states !== undefined
  const drawable = files.training?.x.endsWith('.npy') === true ? files.training.x : undefined
  const from = files.calibration ?? drawable
  if (from === undefined) {
    const reserved = Math.min(CALIBRATION_SAMPLES, Math.floor(count * RESERVED_SHARE))
    if (reserved === 0)
      throw new OctetError(
        `${files.evaluation}: ${count} samples are too few to set some aside for calibration`,
        'give calibration samples: x_calib.npy in a folder, --calib with a model',
      )
    const rows = allRows(count)
    const [calibrationRows, evaluationRows] = isStream
      ? [rows.subarray(0, reserved), rows.subarray(reserved)]
      : stratify(strataOf(task, given), reserved, SEED)
    return {
      calibration: selectReadings(given, calibrationRows),
      evaluation: select(given, evaluationRows),
      notes: [
        `no calibration data given: ${isStream ? 'the first ' : ''}${reserved} of ${count} evaluation ` +
          'samples calibrate ' +
          `instead${isStream ? '' : ` (seed ${SEED})`}`,
      ],
      recorded: undefined,
    }
  }
  const inputs = sampleInputs(graph)
  const calibration =
    files.calibration === undefined
      ? firstOf(await readReadings(from, inputs), isStream)
      : await fileReadings(from, inputs)
  if (dtypeOf(calibration) !== given.x.dtype)
    throw new OctetError(
      `${from}: it is stored as ${dtypeOf(calibration)}, ${files.evaluation} as ${given.x.dtype}`,
      'save both with one dtype, as the sensor delivers its readings',
    )
  const how = isStream ? `the first of ${from}` : `drawn from ${from} (seed ${SEED})`
  const drawn = files.calibration === undefined ? [`calibration readings are ${how}`] : []
  const kept = rowsAbsentFrom(calibration, given)
  if (kept.length === 0)
    throw new OctetError(
      `${files.evaluation}: every sample is also in ${from}`,
      'calibrate with other samples',
    )
  // A stream must not have gaps.
  const left = isStream ? 0 : count - kept.length
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

/** Some readings for calibration, drawn at random; of a stream, the first readings. */
function firstOf(readings: Readings, isStream: boolean): Readings {
  const rows = allRows(sizeOf(readings))
  return selectReadings(readings, (isStream ? rows : shuffled(rows, SEED)).subarray(0, CALIBRATION_SAMPLES))
}

/** The names of the classes; empty if the task has no classes. */
function classesOf(task: TaskId, outputs: number, manifest: Manifest): readonly string[] {
  if (task !== 'classification') return []
  const classes = manifest.classes ?? Array.from({ length: outputs }, (_, index) => String(index))
  if (classes.length !== outputs)
    throw new OctetError(
      `its output has ${outputs} classes, the manifest names ${classes.length}`,
      'name each class in classes of manifest.json (or --classes), in the order of the output',
    )
  return classes
}

function requireStoredAs(manifest: Manifest, dtype: SensorDType, path: string): void {
  const stated = manifest.input?.stored_dtype
  if (stated !== undefined && stated !== dtype)
    throw new OctetError(
      `${path}: it is stored as ${dtype}, the manifest says ${stated}`,
      'correct input.stored_dtype of manifest.json, or save the samples in that type',
    )
}

function notesOf({ published, note }: Manifest): readonly string[] {
  return [
    ...(published === undefined ? [] : [`published: ${published}`]),
    ...(note === undefined ? [] : [note]),
  ]
}
