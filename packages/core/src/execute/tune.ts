import type { KernelDevice, Tuned } from '../kernel/contract.ts'
import type { OpSpec } from '../ops/list.ts'
import { compiles } from './compiled.ts'
import { listOf, type Program } from './program.ts'

/**
 * Lets a device find the fastest variants of the ops of programs, then the fastest ways to join the programs' steps.
 * Both take `budgetMs` milliseconds together, and known choices take no time. Only programs whose time matters belong
 * here. Returns one result for each op that the device supports, and none if it has no variants.
 */
export async function tunePrograms(
  programs: readonly Program[],
  device: KernelDevice,
  { budgetMs }: { readonly budgetMs: number },
): Promise<readonly Tuned[]> {
  const tuned = await device.tune?.(distinctSpecs(programs), { budgetMs })
  if (device.tuneProgram !== undefined)
    for (const program of programs) if (compiles(program, device)) await device.tuneProgram(listOf(program))
  return tuned ?? []
}

function distinctSpecs(programs: readonly Program[]): OpSpec[] {
  const specs = new Map<string, OpSpec>()
  for (const { steps } of programs) for (const { spec } of steps) specs.set(JSON.stringify(spec), spec)
  return [...specs.values()]
}
