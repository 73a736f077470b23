import type { Layer, Model, QParams, QuantizedWeights } from '@octet/core'

/** The known properties of a model's tensors and layers. */
export interface Recognized {
  /** For each tensor, the grid of its integers. */
  readonly grids: ReadonlyMap<string, QParams>
  /** Names of the layers that compute in integers. */
  readonly layers: ReadonlySet<string>
  readonly weights: ReadonlyMap<string, QuantizedWeights>
}

/** Whether a layer marks a rounding of the file. */
export function isMark({ name, node }: Layer, marks: ReadonlyMap<string, QParams>): boolean {
  return node.op === 'Identity' && marks.has(name)
}

/** The layers that read each tensor. */
export function readersOf({ layers }: Model): ReadonlyMap<string, readonly Layer[]> {
  const readers = new Map<string, Layer[]>()
  for (const layer of layers)
    for (const name of layer.inputs) {
      const known = readers.get(name)
      if (known === undefined) readers.set(name, [layer])
      else known.push(layer)
    }
  return readers
}
