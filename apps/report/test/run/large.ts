import { type Cell, type Layer, type Network, parseRun, type Run } from '@octet/results'
import { syntheticRun } from './synthetic.ts'

const WORKLOADS = 10
const CELLS = 2000
const LAYERS = 200

/** SYNTHETIC: 2,000 cells and 200 layers of 10 workloads, made of the synthetic run over and over. */
export function largeRun(): Run {
  const { trainings: _, profiles: __, findings: ___, sufficiency: ____, networks, ...run } = syntheticRun()
  const bases = run.workloads
  const ids = Array.from({ length: WORKLOADS }, (_, i) => ({
    id: `workload-${i}`,
    base: bases[i % bases.length],
  }))
  return parseRun({
    ...run,
    workloads: ids.map(({ id, base }) => ({ ...base, id, title: `Workload ${id.slice(9)}` })),
    cells: ids.flatMap(({ id, base }) => cellsOf(run, id, base.id)),
    layers: ids.flatMap(({ id, base }) => layersOf(run, id, base.id)),
    networks: ids.map(({ id }) => deepNetwork(networks![0], id)),
  })
}

function cellsOf({ cells }: Run, id: string, base: string): Cell[] {
  const own = cells.filter(({ workload }) => workload === base)
  const quantized = own.filter(({ method }) => method === 'ptq')
  const copies = Array.from({ length: Math.ceil(CELLS / WORKLOADS / quantized.length) }, (_, i) =>
    quantized.map((cell) =>
      Object.assign({}, cell, { calibration: `${cell.calibration}-${i}`, key: `${cell.key}/${i}` }),
    ),
  )
  return [...own, ...copies.flat()]
    .slice(0, CELLS / WORKLOADS)
    .map((cell) => Object.assign({}, cell, { workload: id, key: `${id}/${cell.key}` }) as Cell)
}

function layersOf({ layers }: Run, id: string, base: string): Layer[] {
  const own = layers.filter(({ workload }) => workload === base)
  return Array.from({ length: LAYERS / WORKLOADS }, (_, i) => {
    const layer = own[i % own.length]
    return { ...layer, workload: id, tensor: `${layer.tensor}.${i}` }
  })
}

/** A chain of copies of a network: as many layers as a run has tensors. */
function deepNetwork({ layers, ...about }: Network, workload: string): Network {
  const copies = Array.from({ length: LAYERS / layers.length }, (_, i) =>
    layers.map((layer) => ({
      ...layer,
      name: `${layer.name}.${i}`,
      inputs: layer.inputs.map((name) =>
        name !== 'input' ? `${name}.${i}` : i === 0 ? name : `head.logits.${i - 1}`,
      ),
      output: `${layer.output}.${i}`,
    })),
  )
  return { ...about, workload, layers: copies.flat() }
}
