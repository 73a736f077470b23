import { gunzipSync } from 'node:zlib'
import { OctetError, sameShape, tensor, type Shape, type Tensor } from '@octet/core'
import { parseIdx } from '../builtin/idx.ts'
import { inFile, readBytes } from '../file.ts'
import { parseNpy } from '../npy/read.ts'
import type { Readings, Samples } from '../samples.ts'

/** The most that a gzipped file may unpack to: MNIST has 47 MB. */
const MOST_UNZIPPED = 2 ** 30
/** Whole numbers up to here are exact in float32. */
const EXACT_IN_FLOAT32 = 2 ** 24

/** @throws OctetError when the file is not one or more samples of the model's input shape. */
export async function readReadings(path: string, input: Shape): Promise<Readings> {
  const x = parseNpy(await readBytes(path), path)
  const shape = x.shape.slice(1)
  if (x.shape.length === 0 || !sameShape(shape, input))
    throw new OctetError(
      `${path}: its samples have shape [${shape.join(', ')}], the model's input takes [${input.join(', ')}]`,
      'the array is [N, ...input], N first',
    )
  if (x.shape[0] === 0) throw new OctetError(`${path}: it holds no samples`, 'save at least one')
  return { x: x.dtype === 'int32' ? widened(x as Tensor<'int32'>, path) : (x as Readings['x']) }
}

/**
 * Samples in gzipped IDX files, as MNIST and its kin are published: single planes of bytes. @throws OctetError as
 * `readSamples` does.
 */
export async function readIdxSamples(
  xPath: string,
  yPath: string,
  input: Shape,
  classes: number,
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
  return checked(x, Int32Array.from(labels.data), { xPath, yPath, classes })
}

/** @throws OctetError as for the readings, or when a label does not fit them or the classes. */
export async function readSamples(
  xPath: string,
  yPath: string,
  input: Shape,
  classes: number,
): Promise<Samples> {
  const { x } = await readReadings(xPath, input)
  const labels = parseNpy(await readBytes(yPath), yPath)
  if (labels.dtype === 'float32' || labels.shape.length !== 1)
    throw new OctetError(
      `${yPath}: labels are a list of integers, this is ${labels.dtype} [${labels.shape.join(', ')}]`,
      `save y.${(labels.shape[1] ?? 1) > 1 ? 'argmax(-1)' : 'reshape(-1)'}.astype("int32"), the class of each sample`,
    )
  return checked(x, Int32Array.from(labels.data), { xPath, yPath, classes })
}

function checked(
  x: Samples['x'],
  y: Int32Array,
  { xPath, yPath, classes }: { readonly xPath: string; readonly yPath: string; readonly classes: number },
): Samples {
  if (y.length !== x.shape[0])
    throw new OctetError(
      `${yPath}: ${y.length} labels for ${x.shape[0]} samples in ${xPath}`,
      'save one label for each sample',
    )
  const wrong = y.findIndex((label) => label < 0 || label >= classes)
  if (wrong >= 0)
    throw new OctetError(
      `${yPath}: label ${y[wrong]} at [${wrong}] is not one of the model's classes 0 to ${classes - 1}`,
      'number the classes from 0, in the order of the output',
    )
  return { x, y }
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
