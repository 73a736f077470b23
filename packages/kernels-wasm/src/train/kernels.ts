type Address = number

/** The trainer's kernels, which take addresses in their memory. Counts are in elements. `Arena.task` writes tasks. */
export interface Kernels {
  readonly multiplyMatrices: (task: Address) => void
  readonly convForward: (task: Address, batch: number) => void
  readonly convBackward: (task: Address, batch: number) => void
  readonly depthwiseForward: (task: Address, batch: number) => void
  readonly depthwiseBackward: (task: Address, batch: number) => void
  readonly batchNormForward: (task: Address, batch: number, train: number, epsilon: number) => void
  readonly batchNormBackward: (task: Address, batch: number) => void
  readonly holdForward: (y: Address, x: Address, count: number, lo: number, hi: number) => void
  readonly holdBackward: (dx: Address, dy: Address, y: Address, count: number, lo: number, hi: number) => void
  readonly maxPairsForward: (y: Address, x: Address, planes: number, height: number, width: number) => void
  readonly maxPairsBackward: (
    dx: Address,
    dy: Address,
    x: Address,
    y: Address,
    planes: number,
    height: number,
    width: number,
  ) => void
  readonly meanForward: (y: Address, x: Address, planes: number, plane: number) => void
  readonly meanBackward: (dx: Address, dy: Address, planes: number, plane: number) => void
  readonly sumTwo: (y: Address, a: Address, b: Address, count: number) => void
  readonly copyAll: (y: Address, x: Address, count: number) => void
  readonly addAll: (y: Address, x: Address, count: number) => void
  readonly addRow: (y: Address, x: Address, rows: number, count: number, beta: number) => void
  readonly addColumnSums: (x: Address, y: Address, rows: number, count: number, beta: number) => void
}

/** The kernels of a compiled module over a memory. */
export function kernelsOver(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  return exports as unknown as Kernels
}
