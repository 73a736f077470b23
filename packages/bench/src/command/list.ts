import {
  CALIBRATIONS,
  type DeviceInfo,
  GRANULARITIES,
  type Host,
  isDevice,
  type KernelPackage,
  PRECISIONS,
  SCHEMES,
  WEIGHT_BITS,
} from '@octet/core'
import { type Board, BOARD_IDS, BOARDS, profileOf } from '@octet/results'
import { listWorkloads, type WorkloadSummary } from '@octet/workloads'
import { Command } from 'commander'
import { hostOf } from '../discover/host.ts'
import { type DiscoveryFault, discoverKernels } from '../discover/kernels.ts'
import { openKernels } from '../discover/open-kernels.ts'
import { packageRoots } from '../discover/roots.ts'
import { METHODS } from '../sweep/options.ts'
import { DONE } from '../process/exit.ts'
import { lines } from '../show/lines.ts'
import { answer } from './answer.ts'
import { jsonOption } from './option.ts'
import type { Invocation } from './session.ts'

/** `octet list`. */
export function listCommand(invocation: Invocation): Command {
  return new Command('list')
    .description(
      'List workloads, kernel packages with their adapters, boards, and the values of the flags of bench.',
    )
    .addOption(jsonOption())
    .action(
      invocation.action(async ({ json }: { json?: string }) => {
        const host = hostOf(invocation.reporter)
        const { found, faults } = await discoverKernels(packageRoots(), {
          host,
          reporter: invocation.reporter,
          asks: ['adapters'],
          cases: [],
        })
        const kernels: ListedKernels[] = []
        for (const { name, kernels: one } of found)
          kernels.push({ id: one.id, package: name, ...(await adaptersOf(one, host)) })
        const workloads = listWorkloads()
        answer(
          invocation,
          json,
          { workloads, kernels, faults, axes: AXES, boards: BOARDS },
          inWords(workloads, kernels, faults),
        )
        return DONE
      }),
    )
}

const AXES = {
  method: METHODS,
  precision: PRECISIONS,
  calibration: CALIBRATIONS,
  granularity: GRANULARITIES,
  scheme: SCHEMES,
  'weight-bits': WEIGHT_BITS,
}

interface ListedKernels {
  readonly id: string
  readonly package: string
  readonly adapters: readonly DeviceInfo[]
  readonly unavailable?: string
}

function inWords(
  workloads: readonly WorkloadSummary[],
  kernels: readonly ListedKernels[],
  faults: readonly DiscoveryFault[],
): string {
  const texts = [
    'workloads',
    ...workloads.map(({ id, title, licence }) => `  ${id}: ${title} (${licence})`),
    'kernels',
  ]
  for (const { id, package: name, adapters, unavailable } of kernels) {
    texts.push(`  ${id} (${name})${unavailable === undefined ? '' : `: ${unavailable}`}`)
    for (const adapter of adapters) texts.push(`    ${adapterInWords(adapter)}`)
  }
  for (const { package: name, fault } of faults) texts.push(`  ${name} cannot be used: ${fault}`)
  texts.push('  reference (@octet/core): plain TypeScript, with --kernels reference')
  texts.push('boards', ...BOARD_IDS.map((id) => `  ${id}: ${boardInWords(BOARDS[id])}`))
  for (const [axis, values] of Object.entries(AXES)) texts.push(`--${axis}: ${values.join(', ')}`)
  return lines(texts)
}

function boardInWords(board: Board): string {
  const { picojoulesPerMac, models } = profileOf(board)
  return (
    `${board.name}, ${board.processor}, ${picojoulesPerMac.toPrecision(3)} pJ modelled a multiply-add ` +
    `from ${models} models (${board.source})`
  )
}

/** A package's adapters, best first. If it lists none, the adapter that it opens. */
async function adaptersOf(
  kernels: KernelPackage,
  host: Host,
): Promise<{ adapters: readonly DeviceInfo[]; unavailable?: string }> {
  const adapters = await kernels.adapters?.(host)
  if (adapters !== undefined && adapters.length > 0) return { adapters }
  const opened = await openKernels(kernels, host)
  if (!isDevice(opened)) return { adapters: [], unavailable: `${opened.unavailable}. ${opened.mend}` }
  await opened.dispose()
  return { adapters: [opened.info] }
}

function adapterInWords({ id, name, backend, software, features }: DeviceInfo): string {
  return (
    `${id}: ${name}, ${backend}, ${software ? 'software' : 'hardware'}` +
    (features.length > 0 ? ` (${features.join(', ')})` : '')
  )
}
