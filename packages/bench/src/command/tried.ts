import { precisionOf } from '@octet/core'
import type { CaseResult, ConformanceCase } from '@octet/core/conformance'
import type { Devices } from '../discover/devices.ts'
import { jobsOf, type OpenedDevice } from '../measure/jobs.ts'

/** One line for each package that was only partly tried before Octet trusted it. */
export async function trialRemarks(
  tried: ReadonlyMap<string, readonly CaseResult[]>,
  { open }: Devices<OpenedDevice>,
  cases: readonly ConformanceCase[],
): Promise<string[]> {
  const remarks: string[] = []
  for (const { kernels, device } of open) {
    const results = tried.get(kernels)
    if (results === undefined) continue
    const ops = new Set(results.map(({ op, precision }) => `${op} ${precision}`))
    const specs = cases.map(({ spec }) => spec).filter((spec) => ops.has(`${spec.op} ${precisionOf(spec)}`))
    // A device that is gone cannot answer.
    const supported = await jobsOf(device)
      .supports(specs)
      .catch(() => [])
    const all = supported.filter((one) => one === true)
    const passed = results.filter(({ status }) => status === 'passed').length
    if (passed >= all.length) continue
    remarks.push(
      `${kernels}: ${passed} of the ${all.length} conformance cases of its ops were tried, and passed; ` +
        `octet kernels --kernels ${kernels} tries all`,
    )
  }
  return remarks
}
