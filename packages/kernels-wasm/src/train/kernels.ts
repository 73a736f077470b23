type Address = number

/** The trainer's kernels, by address in their memory; counts are in elements. Tasks are laid by `TrainingArena.task`. */
export interface Kernels {
  multiplyMatrices(task: Address): void
  convForward(task: Address, batch: number): void
  convBackward(task: Address, batch: number): void
  depthwiseForward(task: Address, batch: number): void
  depthwiseBackward(task: Address, batch: number): void
  batchNormForward(task: Address, batch: number, train: number, epsilon: number): void
  batchNormBackward(task: Address, batch: number): void
  holdForward(y: Address, x: Address, count: number, lo: number, hi: number): void
  holdBackward(dx: Address, dy: Address, y: Address, count: number, lo: number, hi: number): void
  maxPairsForward(y: Address, x: Address, planes: number, height: number, width: number): void
  maxPairsBackward(
    dx: Address,
    dy: Address,
    x: Address,
    y: Address,
    planes: number,
    height: number,
    width: number,
  ): void
  meanForward(y: Address, x: Address, planes: number, plane: number): void
  meanBackward(dx: Address, dy: Address, planes: number, plane: number): void
  sumTwo(y: Address, a: Address, b: Address, count: number): void
  copyAll(y: Address, x: Address, count: number): void
  addAll(y: Address, x: Address, count: number): void
  addRow(y: Address, x: Address, rows: number, count: number, beta: number): void
  addColumnSums(x: Address, y: Address, rows: number, count: number, beta: number): void
}

/** The kernels of a compiled module over a memory. */
export function kernelsOver(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  return exports as unknown as Kernels
}
