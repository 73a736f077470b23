import { chooseKernels, openDevices } from '../discover/devices.ts'
import { discoverKernels } from '../discover/kernels.ts'
import type { RenewableDevice } from '../discover/renewable.ts'
import { workspaceRoot } from '../discover/workspace.ts'
import { tell } from '../show/tell.ts'

/**
 * The devices that `--kernels` and `--adapter` ask for; what is left out is told.
 * @throws OctetError when what the user named is not there.
 */
export async function openWanted({
  kernels,
  adapter,
}: {
  readonly kernels?: readonly string[]
  readonly adapter: string
}): Promise<readonly RenewableDevice[]> {
  const discovery = await discoverKernels(workspaceRoot())
  for (const { package: name, fault } of discovery.faults) tell(`${name} is left out: ${fault}`)
  const { open, missing } = await openDevices(
    chooseKernels(discovery, kernels),
    { runtime: 'node', adapter },
    { strict: kernels !== undefined || adapter !== 'auto' },
  )
  for (const { kernels: name, reason, mend } of missing) tell(`${name} is left out: ${reason}. ${mend}`)
  return open
}
