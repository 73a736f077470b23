/**
 * Changes that are planted in a run to show that the gate detects them. Each takes the cells of the base and returns
 * the cells of the head. One INT8 cell of the base has a task, bytes, a hash of its outputs and a latency.
 *
 * @typedef {import('../../packages/results/dist/index.js').Cell} Cell
 * @typedef {{ name: string, fails: boolean, plant: (cells: readonly Cell[]) => Cell[] }} Fault
 */

/** Changes the first INT8 cell that has everything that a fault is planted in. Outputs of floats gate nothing. */
function inOne(/** @type {(cell: Cell) => Partial<Cell>} */ change) {
  return (/** @type {readonly Cell[]} */ cells) => {
    const at = cells.findIndex(
      ({ precision, task, memory, outputsHash, latency }) =>
        precision === 'int8' && task && memory && outputsHash && latency,
    )
    if (at < 0)
      throw new Error('no INT8 cell has a task, bytes, outputs and a latency: no fault can be planted')
    return cells.map((cell, i) => (i === at ? Object.assign(structuredClone(cell), change(cell)) : cell))
  }
}

/** @type {readonly Fault[]} */
export const FAULTS = [
  {
    name: 'one sample less that is right',
    fails: true,
    plant: inOne(({ task }) => (task ? { task: { ...task, value: task.value - 1 / task.samples } } : {})),
  },
  {
    name: 'one byte more',
    fails: true,
    plant: inOne(({ memory }) =>
      memory ? { memory: { ...memory, weightBytes: memory.weightBytes + 1 } } : {},
    ),
  },
  {
    name: 'one integer that differs',
    fails: true,
    plant: inOne(({ outputsHash }) =>
      outputsHash ? { outputsHash: outputsHash.replace(/.$/, (last) => (last === '0' ? '1' : '0')) } : {},
    ),
  },
  { name: 'a lost cell', fails: true, plant: (cells) => cells.slice(1) },
  {
    name: 'a wobble of 3% in every time',
    fails: false,
    plant: (cells) =>
      cells.map((cell, i) => {
        if (!cell.latency) return cell
        const by = i % 2 === 0 ? 1.03 : 0.97
        const { median, samples, ci95 } = cell.latency
        return Object.assign(structuredClone(cell), {
          latency: {
            ...cell.latency,
            median: median * by,
            samples: samples.map((ns) => ns * by),
            ci95: [ci95[0] * by, ci95[1] * by],
          },
        })
      }),
  },
]
