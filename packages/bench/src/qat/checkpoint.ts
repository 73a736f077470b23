import { existsSync } from 'node:fs'
import type { QatCheckpoint } from '@octet/train'
import { parse } from '@octet/results'
import * as v from 'valibot'
import { readJson, writeJson } from '../store/json-file.ts'

type Numbers = Float32Array | Float64Array

/** A stopped training, and the time that it had taken. */
export interface Stopped {
  readonly checkpoint: QatCheckpoint
  readonly seconds: number
  /** The id of the `OpenTraining` that computed its matrix products. */
  readonly products: string
}

const Finite = v.pipe(v.number(), v.finite())
const Floats = v.object({ bits: v.picklist([32, 64]), base64: v.string() })
const State = v.record(v.string(), Floats)
const FileSchema = v.object({
  version: v.literal(2),
  products: v.exactOptional(v.string()),
  seconds: Finite,
  step: Finite,
  network: State,
  optimizer: v.array(Floats),
  losses: v.array(Finite),
  validations: v.array(v.object({ step: Finite, value: Finite, loss: Finite })),
  best: State,
})
type File = v.InferOutput<typeof FileSchema>

const check = (value: unknown): File => parse<File>(FileSchema, value, 'the checkpoint')

/** Writes a checkpoint atomically: readers see the previous checkpoint or this one. Arrays keep their bits. */
export function writeCheckpoint(path: string, { checkpoint, seconds, products }: Stopped): void {
  const { trainer, losses, validations, best } = checkpoint
  const file: File = {
    version: 2,
    products,
    seconds,
    step: trainer.step,
    network: stateText(trainer.network),
    optimizer: trainer.optimizer.map(text),
    losses: [...losses],
    validations: [...validations],
    best: stateText(best),
  }
  writeJson(path, file, check)
}

/**
 * Reads the result of `writeCheckpoint`. Undefined if there is none, or if the training would not continue to the same
 * bits, e.g. because another package now computes the products.
 * @throws OctetError if the file is not a checkpoint.
 */
export function readCheckpoint(path: string, products: string): Stopped | undefined {
  if (!existsSync(path)) return undefined
  const { seconds, step, network, optimizer, losses, validations, best, ...kept } = readJson(path, check)
  if (kept.products !== products) return undefined
  return {
    seconds,
    products,
    checkpoint: {
      trainer: { step, network: stateOf(network), optimizer: optimizer.map(numbers) },
      losses,
      validations,
      best: stateOf(best),
    },
  }
}

function text(data: Numbers): v.InferInput<typeof Floats> {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return { bits: data instanceof Float32Array ? 32 : 64, base64: bytes.toString('base64') }
}

function numbers({ bits, base64 }: v.InferOutput<typeof Floats>): Numbers {
  // The copy aligns the data, because a Buffer's bytes may begin anywhere in a larger buffer.
  const { buffer } = Uint8Array.from(Buffer.from(base64, 'base64'))
  return bits === 32 ? new Float32Array(buffer) : new Float64Array(buffer)
}

function stateText(state: ReadonlyMap<string, Float32Array>): v.InferInput<typeof State> {
  return Object.fromEntries([...state].map(([name, data]) => [name, text(data)]))
}

function stateOf(state: v.InferOutput<typeof State>): Map<string, Float32Array> {
  return new Map(Object.entries(state).map(([name, floats]) => [name, numbers(floats) as Float32Array]))
}
