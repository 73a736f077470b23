import type { NetworkLayer } from '@octet/results'

/** A tensor on its way from the layer that computes it to a layer that reads it. Row -1 is outside the model. */
export interface Edge {
  readonly tensor: string
  readonly from: number
  readonly to: number
  /** The column that it runs down. */
  readonly column: number
}

export interface Layout {
  /** The number of columns of the drawing. */
  readonly columns: number
  /** The column of each layer. Each layer has its own row. */
  readonly nodes: readonly number[]
  readonly edges: readonly Edge[]
}

/**
 * A layered drawing of a network, with one layer per row in their order of execution, so that all edges lead down. A
 * tensor keeps one column from its layer to its last reader, and no other tensor uses that column in between.
 */
export function layoutOf(layers: readonly Pick<NetworkLayer, 'inputs' | 'output'>[]): Layout {
  const last = new Map<string, number>()
  for (const [row, { inputs, output }] of layers.entries()) {
    for (const tensor of inputs) last.set(tensor, row)
    if (!last.has(output)) last.set(output, row)
  }
  /** By column: the tensor that runs down it. */
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
    // The output continues in the column of the first input that ends here, or else in a free column.
    const freed = columns.filter((column) => alive[column] === undefined).toSorted((a, b) => a - b)
    if (freed.length > 0) alive[freed[0]] = output
    nodes.push(freed.length > 0 ? freed[0] : take(output))
    yielded.set(output, row)
  }
  return { columns: alive.length, nodes, edges }
}
