import type { NetworkLayer } from '@octet/results'

/** A tensor on its way from the layer that yields it to one that reads it; row -1 is outside of the model. */
export interface Edge {
  readonly tensor: string
  readonly from: number
  readonly to: number
  /** The column that it runs down in. */
  readonly column: number
}

export interface Layout {
  /** How many columns all of it takes. */
  readonly columns: number
  /** The column of each layer, which has a row of its own. */
  readonly nodes: readonly number[]
  readonly edges: readonly Edge[]
}

/**
 * A layered drawing of a network: one layer a row, in the order in which they run, so that all edges lead down. A
 * tensor keeps one column from its layer to its last reader, and no other tensor has that column meanwhile.
 */
export function layoutOf(layers: readonly Pick<NetworkLayer, 'inputs' | 'output'>[]): Layout {
  const last = new Map<string, number>()
  for (const [row, { inputs, output }] of layers.entries()) {
    for (const tensor of inputs) last.set(tensor, row)
    if (!last.has(output)) last.set(output, row)
  }
  /** By column: the tensor that runs down in it. */
  const alive: (string | undefined)[] = []
  const yielded = new Map<string, number>()
  const take = (tensor: string): number => {
    const free = alive.indexOf(undefined)
    const column = free < 0 ? alive.length : free
    alive[column] = tensor
    return column
  }
  const nodes: number[] = []
  const edges: Edge[] = []
  for (const [row, { inputs, output }] of layers.entries()) {
    const columns = inputs.map((tensor) => {
      const known = alive.indexOf(tensor)
      return known < 0 ? take(tensor) : known
    })
    for (const [i, tensor] of inputs.entries())
      edges.push({ tensor, from: yielded.get(tensor) ?? -1, to: row, column: columns[i] })
    for (const [column, tensor] of alive.entries())
      if (tensor !== undefined && last.get(tensor) === row && tensor !== output) alive[column] = undefined
    // The output goes on in the column of the first input that ends here, or else in a free one.
    const freed = columns.filter((column) => alive[column] === undefined).toSorted((a, b) => a - b)
    if (freed.length > 0) alive[freed[0]] = output
    nodes.push(freed.length > 0 ? freed[0] : take(output))
    yielded.set(output, row)
  }
  return { columns: alive.length, nodes, edges }
}
