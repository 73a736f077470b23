import { pathToFileURL } from 'node:url'

/** A function that loads a workload's programs of one build, by precision, on one thread, with a sample for them. */
export async function openBuild(folder) {
  const load = (name) => import(pathToFileURL(`${folder}/packages/${name}/dist/index.js`).href)
  const [core, data, kernels] = await Promise.all(['core', 'workloads', 'kernels-wasm'].map(load))
  const device = await kernels.default.open({ runtime: 'node', adapter: '1 thread' })
  return async (name) => {
    const { graph, normalizer, calibration, evaluation } = await data.openWorkload(name)
    const model = core.modelOf(graph)
    const batches = [0, 32, 64, 96].map((start) => data.batchOf(calibration, start, 32))
    const int8 = await new core.Calibration(model, normalizer, batches).quantize({
      calibration: 'minmax',
      activations: core.AFFINE_INT8,
      weights: { ...core.SYMMETRIC_INT8, bits: 8, granularity: 'per-channel' },
    })
    const x = data.batchOf(evaluation, 0, 1)
    const loaded = {}
    for (const source of [{ precision: 'fp32', model }, { precision: 'fp16', model }, int8]) {
      const program = core.lower(source, { batch: 1, normalizer })
      loaded[source.precision ?? 'int8'] = await core.load(program, device)
      await loaded[source.precision ?? 'int8'].run(x)
    }
    return { loaded, x }
  }
}

/** CPU time that this process has taken, in ms. The device computes on the calling thread. */
export function cpuMs() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
