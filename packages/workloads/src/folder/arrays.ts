import { gunzipSync } from 'node:zlib'
import {
  OctetError,
  sameShape,
  tensor,
  type Shape,
  type LabelledTaskId,
  TASKS,
  type Tensor,
  type ValueInfo,
} from '@octet/core'
import { parseIdx } from '../builtin/idx.ts'
import { inFile, readBytes } from '../file.ts'
import type { NpyDType } from '../npy/format.ts'
import { readHeader } from '../npy/header.ts'
import { isNpz, parseNpz } from '../npy/npz.ts'
import { parseNpy } from '../npy/read.ts'
import type { SampleOf } from './model.ts'
import { sizeOf, type Readings, type Samples } from '../samples.ts'

/** The most bytes that a gzipped file may unpack to. MNIST has 47 MB. */
const MOST_UNZIPPED = 2 ** 30
/** Whole numbers up to here are exact in float32. */
const EXACT_IN_FLOAT32 = 2 ** 24

/**
 * Samples of a model's inputs. For one input the file is NPY; for several it is NPZ with an array for each input, by
 * name.
 * @throws OctetError if the file does not hold one or more samples of the inputs' shapes.
 */
export async function readReadings(path: string, inputs: readonly ValueInfo[]): Promise<Readings> {
  const bytes = await readBytes(path)
  const names = inputs.map(({ name }) => name).join(', ')
  if (!isNpz(bytes)) {
    if (inputs.length > 1)
      throw new OctetError(
        `${path}: one array, and the model has the inputs ${names}`,
        'give an NPZ file (numpy.savez) with an array for each input, by its name',
      )
    return { x: samplesOf(parseNpy(bytes, path), path, inputs[0]) }
  }
  const arrays = parseNpz(bytes, path)
  const unread = [...arrays.keys()].find((key) => inputs.every(({ name }) => name !== key))
  const [x, ...more] = inputs.map((input) => {
    const array = arrays.get(input.name)
    if (array === undefined)
      throw new OctetError(
        `${path}: it has no array "${input.name}"` + (unread === undefined ? '' : `, and one "${unread}"`),
        `name the arrays as the model's inputs: ${names}`,
      )
    return samplesOf(array, `${path}: ${input.name}`, input)
  })
  const other = more.findIndex(({ shape }) => shape[0] !== x.shape[0])
  if (other >= 0)
    throw new OctetError(
      `${path}: "${inputs[0].name}" has ${x.shape[0]} samples, and "${inputs[other + 1].name}" ${more[other].shape[0]}`,
      'save as many samples of each input',
    )
  return { x, ...(more.length > 0 && { more }) }
}

/**
 * The shapes of one sample of each input in a file of samples, by the inputs' names; an NPY file has one shape for any
 * name. Nothing is known about a file that cannot be read: `readReadings` gives the reason.
 */
export async function sampleShapes(path: string): Promise<SampleOf> {
  try {
    const bytes = await readBytes(path)
    if (isNpz(bytes)) {
      const arrays = parseNpz(bytes, path)
      return (input) => arrays.get(input)?.shape.slice(1)
    }
    const shape = readHeader(bytes, path).shape.slice(1)
    return () => shape
  } catch (error) {
    if (!(error instanceof OctetError)) throw error
    return () => undefined
  }
}

function samplesOf(x: Tensor<NpyDType>, where: string, input: ValueInfo): Readings['x'] {
  requireSamples(x.shape, where, input)
  return storedAs(x, where)
}

/** @throws OctetError for an array that does not hold one or more samples of an input. */
export function requireSamples(whole: Shape, where: string, { shape: input }: ValueInfo): void {
  const shape = whole.slice(1)
  if (whole.length === 0 || !sameShape(shape, input))
    throw new OctetError(
      `${where}: its samples have shape [${shape.join(', ')}], the model's input takes [${input.join(', ')}]`,
      'the array is [N, ...input], N first',
    )
  if (whole[0] === 0) throw new OctetError(`${where}: it holds no samples`, 'save at least one')
}

/**
 * Samples in the dtype of stored readings.
 * @throws OctetError for a whole number that is not exact in that dtype.
 */
export function storedAs(x: Tensor<NpyDType>, where: string): Readings['x'] {
  return x.dtype === 'int32' ? widened(x as Tensor<'int32'>, where) : (x as Readings['x'])
}

/** The requirements on labels: a task, for a model with a number of outputs. */
export interface LabelRule {
  readonly task: LabelledTaskId
  readonly outputs: number
}

/**
 * Samples in gzipped IDX files, like MNIST and similar sets: single planes of bytes.
 * @throws OctetError as `readSamples` does.
 */
export async function readIdxSamples(
  xPath: string,
  yPath: string,
  [{ shape: input }]: readonly ValueInfo[],
  rule: LabelRule,
): Promise<Samples> {
  const [images, labels] = await Promise.all(
    [xPath, yPath].map(async (path) => {
      const bytes = await readBytes(path)
      return inFile(path, () => parseIdx(unzipped(bytes), path))
    }),
  )
  const shape = [1, ...images.shape.slice(1)]
  if (!sameShape(shape, input))
    throw new OctetError(
      `${xPath}: its samples have shape [${shape.join(', ')}], the model's input takes [${input.join(', ')}]`,
      'give x_train.npy and y_train.npy of that shape instead',
    )
  const x = tensor('uint8', [images.shape[0], ...shape], images.data)
  return labelled({ x }, xPath, tensor('uint8', labels.shape, labels.data), yPath, rule)
}

/**
 * Labels as a file holds them, before a task reads them.
 * @throws OctetError for a file that is not an array.
 */
export async function readLabels(path: string): Promise<Tensor> {
  return parseNpy(await readBytes(path), path)
}

/** @throws OctetError as for the readings, or if a label does not fit them, the task or the model. */
export async function readSamples(
  xPath: string,
  yPath: string,
  inputs: readonly ValueInfo[],
  rule: LabelRule,
): Promise<Samples> {
  return labelled(await readReadings(xPath, inputs), xPath, await readLabels(yPath), yPath, rule)
}

/**
 * Readings with their labels, as a task reads labels.
 * @throws OctetError if they do not fit each other or the task.
 */
export function labelled(
  readings: Readings,
  xPath: string,
  labels: Tensor,
  yPath: string,
  { task, outputs }: LabelRule,
): Samples {
  return inFile(yPath, () => {
    const y = TASKS[task].readLabels(labels, outputs)
    const count = sizeOf(readings)
    if (labels.shape[0] !== count)
      throw new OctetError(
        `${labels.shape[0]} labels for ${count} samples in ${xPath}`,
        'save one label for each sample',
      )
    return { ...readings, y }
  })
}

function unzipped(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_UNZIPPED })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new OctetError(
        `it unpacks to more than ${MOST_UNZIPPED} bytes`,
        'give x_train.npy with fewer samples',
      )
    throw new OctetError(message, 'fetch the file again')
  }
}

function widened({ shape, data }: Tensor<'int32'>, path: string): Tensor<'float32'> {
  const wide = data.findIndex((value) => Math.abs(value) > EXACT_IN_FLOAT32)
  if (wide >= 0)
    throw new OctetError(`${path}: ${data[wide]} is not exact in float32`, 'save the samples as float32')
  return tensor('float32', shape, Float32Array.from(data))
}
