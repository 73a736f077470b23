import { lstatSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { OctetError, type Graph, type QuantizedModel, type Shape } from '@octet/core'
import {
  blockersOf,
  importQuantizedOnnx,
  readOnnx,
  type Fixed,
  type ImportOptions,
  type ReadExternal,
} from '@octet/onnx'
import { inFile, readBytes } from '../file.ts'
import { parseNpy } from '../npy/read.ts'

/** The settings for reading a model, from a manifest or a command line. */
export interface ModelChoice {
  /** The sizes of free axes, by name. */
  readonly dims?: Readonly<Record<string, number>>
  /** Inputs that are constants: a number, or the path of an NPY file relative to the model's folder. */
  readonly set?: Readonly<Record<string, number | string>>
  /** The tensor that the model yields. */
  readonly output?: string
  /** For a streaming model, by input: the output that becomes this input for the next sample. */
  readonly states?: Readonly<Record<string, string>>
}

/** The message about a model that computes its grids from each sample: none of its layers uses a grid from the file. */
const DYNAMIC =
  'the model came quantized with a grid for each sample: Octet computes its integers as whole numbers in FP32, so ' +
  "FP32 has the delivered model's figures"

const MODEL_MEND =
  'export the model without it, or in another form: octet doctor MODEL.onnx lists all that blocks it'

/** The shape of one sample of an input, by the input's name; undefined if it is not known. */
export type SampleOf = (input: string) => Shape | undefined

/** A model's bytes and its graph, with remarks on choices that the import made. */
export interface ModelRead {
  readonly bytes: Uint8Array
  readonly graph: Graph
  /** For a model that is already quantized: its layers in integers. */
  readonly delivered: QuantizedModel | undefined
  /** Whether it is quantized already, with a grid for each sample. */
  readonly isDynamic: boolean
  readonly notes: readonly string[]
}

/**
 * Reads a model, and its weights from files beside it.
 * @param sampleOf the shape of one sample of an input in its data: free axes of the model take its sizes
 * @throws OctetError naming the file, if it is not a model that Octet runs.
 */
export async function readModel(path: string, choice: ModelChoice, sampleOf: SampleOf): Promise<ModelRead> {
  const bytes = await readBytes(path)
  const notes: string[] = []
  const options = {
    ...(await optionsOf(path, choice)),
    sampleOf,
    note: (line: string) => notes.push(line),
  }
  const read = inFile(path, () => readOnnx(bytes, options), MODEL_MEND)
  const { graph, quantized: delivered } = read
  const isDynamic = delivered === undefined && read.isDynamic
  if (isDynamic) notes.push(DYNAMIC)
  return { bytes, graph, delivered, isDynamic, notes }
}

/**
 * Reads a model that is already quantized; undefined if none of its layers computes in integers.
 * @throws OctetError as `readModel` does.
 */
export async function readDelivered(
  path: string,
  choice: ModelChoice,
  sampleOf?: SampleOf,
): Promise<QuantizedModel | undefined> {
  const bytes = await readBytes(path)
  const options = { ...(await optionsOf(path, choice)), ...(sampleOf && { sampleOf }) }
  return inFile(path, () => importQuantizedOnnx(bytes, options), MODEL_MEND)
}

/** All errors that block the import of a model; empty if it can be imported. */
export async function examineModel(path: string, choice: ModelChoice): Promise<readonly OctetError[]> {
  const bytes = await readBytes(path)
  return blockersOf(bytes, await optionsOf(path, choice))
}

async function optionsOf(path: string, { dims, set, output, states }: ModelChoice): Promise<ImportOptions> {
  const fixed = await Promise.all(
    Object.entries(set ?? {}).map(async ([name, value]) => [name, await fixedOf(path, value)] as const),
  )
  return {
    external: externalOf(path),
    dims: new Map(Object.entries(dims ?? {})),
    set: new Map(fixed),
    ...(output !== undefined && { output }),
    ...(states && { states: new Map(Object.entries(states)) }),
  }
}

async function fixedOf(model: string, value: number | string): Promise<Fixed> {
  if (typeof value === 'number') return { shape: [], values: [value] }
  const file = resolve(dirname(model), value)
  const { shape, data } = parseNpy(await readBytes(file), file)
  return { shape, values: data }
}

/** Reads files in the model's folder, but no file outside it to which a link leads. */
function externalOf(model: string): ReadExternal {
  const folder = dirname(resolve(model))
  return (location) => {
    const path = join(folder, location)
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found === undefined)
      throw new OctetError(`${path} is missing, which holds weights of the model`, 'copy it beside the model')
    const way = relative(realpathSync(folder), realpathSync(path))
    if (!found.isFile() || way.split(sep)[0] === '..')
      throw new OctetError(
        `${path} is no plain file in the model's folder`,
        'copy the file itself beside the model, not a link to it',
      )
    return readFileSync(path)
  }
}
