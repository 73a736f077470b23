import { EXACT_CONTRACT, type ExactKernels, type ExactPackage, OctetError } from '@octet/core'
import { faultOfExact } from '@octet/core/conformance'
import { messageOf } from '../show/message.ts'
import type { Reporter } from '../show/reporter.ts'
import { hostOf } from './host.ts'
import type { DiscoveredKernels } from './kernels.ts'

/**
 * Multiply-accumulates that take the reference about ten seconds. With fewer, the reference is done before the kernels
 * are tried.
 */
const WORTH_TRYING = 5e9

/**
 * Opens the exact kernels of the first package that has them, for a given number of multiply-accumulates. All cases of
 * the conformance kit run first. Kernels that do not open, or whose results differ from the reference in any bit, are
 * reported and skipped. Undefined if the reference itself should compute.
 */
export async function openExact(
  packages: readonly Pick<DiscoveredKernels, 'kernels' | 'exact'>[],
  macs: number,
  reporter: Reporter,
): Promise<ExactKernels | undefined> {
  if (macs < WORTH_TRYING) return undefined
  for (const { kernels, exact } of packages) {
    if (exact === undefined) continue
    try {
      reporter.stage(`${kernels.id}: trying its exact kernels`)
      const opened = await openPackage(exact, reporter)
      reporter.note(`calibration and the reference run on ${kernels.id}, with the same bits: ${opened.name}`)
      return opened
    } catch (error) {
      reporter.log(`${kernels.id} does not replace the reference: ${messageOf(error)}`)
    }
  }
  reporter.note('calibration runs on the reference itself')
  return undefined
}

async function openPackage(url: string, reporter: Reporter): Promise<ExactKernels> {
  const { default: exported } = (await import(url)) as { default?: Partial<ExactPackage> }
  if (exported?.contract !== EXACT_CONTRACT || typeof exported.open !== 'function')
    throw new OctetError(
      `the default export of its octet.exact is no package of exact kernels of contract ${EXACT_CONTRACT}`,
      'see docs/adding-kernels.md',
    )
  const opened = await exported.open(hostOf(reporter))
  const fault = faultOfExact(opened)
  if (fault === undefined) return opened
  await opened.dispose()
  throw new OctetError(`its results are not the reference's: ${fault}`)
}
