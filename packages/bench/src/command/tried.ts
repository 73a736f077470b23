import { precisionOf } from '@octet/core'
import type { ConformanceCase } from '@octet/core/conformance'
import type { Devices } from '../discover/devices.ts'
import type { Discovery } from '../discover/kernels.ts'

/**
 * How far a sweep's packages were tried before they were trusted, a line each; nothing of those that were tried in
 * full.
 */
export function trialRemarks(
  { found }: Discovery,
  { open }: Devices,
  cases: readonly ConformanceCase[],
): string[] {
  return open.flatMap(({ kernels, device }) => {
    const tried = found.find((one) => one.kernels.id === kernels)?.tried
    if (tried === undefined) return []
    const ops = new Set(tried.map(({ op, precision }) => `${op} ${precision}`))
    const all = cases.filter(
      ({ spec }) => ops.has(`${spec.op} ${precisionOf(spec)}`) && device.supports(spec) === true,
    )
    const passed = tried.filter(({ status }) => status === 'passed').length
    if (passed >= all.length) return []
    return `${kernels}: ${passed} of the ${all.length} conformance cases of its ops were tried, and passed; octet kernels --kernels ${kernels} tries all`
  })
}
