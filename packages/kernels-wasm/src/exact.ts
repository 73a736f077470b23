import { EXACT_CONTRACT, type ExactPackage } from '@octet/core'
import { WasmExact } from './exact/kernels.ts'
import { compile } from './open/compile.ts'
import { choices, startTeam } from './open/start.ts'

/** The reference's sums, computed on all cores. */
const wasmExact: ExactPackage = {
  contract: EXACT_CONTRACT,
  open: async (host) => {
    const [threads] = await choices(host)
    return new WasmExact(await startTeam(host, threads, await compile({ shared: threads > 1, fused: false })))
  },
}

export default wasmExact
