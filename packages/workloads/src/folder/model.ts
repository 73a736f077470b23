import { lstatSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { OctetError, type Graph, type QuantizedModel, type Shape } from '@octet/core'
import {
  dynamicTensors,
  blockersOf,
  importOnnx,
  importQuantizedOnnx,
  type Fixed,
  type ImportOptions,
  type ReadExternal,
} from '@octet/onnx'
import { inFile, readBytes } from '../file.ts'
import { parseNpy } from '../npy/read.ts'

/** How a model is read, as a manifest or a command line says it. */
export interface ModelChoice {
  /** Sizes of free axes by name. */
  readonly dims?: Readonly<Record<string, number>>
  /** Inputs that are constants: a number, or the path of an NPY file from the model's folder. */
  readonly set?: Readonly<Record<string, number | string>>
  /** The tensor that the model yields. */
  readonly output?: string
  /** Of a streaming model, by input: the output that becomes it for the next sample. */
  readonly states?: Readonly<Record<string, string>>
}

/** Of a model whose grids are those of each sample: no layer of it computes on a grid that the file holds. */
const DYNAMIC =
  'the model came quantized with a grid for each sample: its integers are whole numbers in FP32, whose figures are the ' +
  "delivered model's; FP16 and INT8 quantize it once more"

const MODEL_MEND =
  'export the model without it, or in another form: octet doctor MODEL.onnx lists all that blocks it'

/** The shape of one sample of an input by its name, as far as it is known. */
export type SampleOf = (input: string) => Shape | undefined

/** A model's bytes and its graph, with remarks on the choices of the import. */
export interface ModelRead {
  readonly bytes: Uint8Array
  readonly graph: Graph
  /** Of a model that is quantized already: its layers in integers. */
  readonly delivered: QuantizedModel | undefined
  readonly notes: readonly string[]
}

/**
 * Reads a model, with weights that lie in files beside it.
 * @param sampleOf the shape of one sample of an input, as its data has it: free axes of the model take its sizes
 * @throws OctetError naming the file, for one that is no model that Octet runs.
 */
export async function readModel(path: string, choice: ModelChoice, sampleOf: SampleOf): Promise<ModelRead> {
  const bytes = await readBytes(path)
  const notes: string[] = []
  const options = {
    ...(await optionsOf(path, choice)),
    sampleOf,
    note: (line: string) => notes.push(line),
  }
  const graph = inFile(path, () => importOnnx(bytes, options), MODEL_MEND)
  const { note: _, ...quietly } = options
  const delivered = inFile(path, () => importQuantizedOnnx(bytes, quietly), MODEL_MEND)
  if (delivered === undefined && dynamicTensors(bytes).length > 0) notes.push(DYNAMIC)
  return { bytes, graph, delivered, notes }
}

/**
 * Reads a model that came quantized; undefined where no layer of it computes in integers.
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

/** All that blocks the import of a model, one complaint each; none where it imports. */
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

/** Reads files in the model's folder, and none that a link leads to outside of it. */
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
