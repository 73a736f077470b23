import { type Check, type Host, inert, isDevice, type KernelPackage } from '@octet/core'
import { randomCases } from '@octet/core/conformance'
import { examineModel } from '@octet/workloads'
import { Command } from 'commander'
import { hostOf } from '../discover/host.ts'
import { discoverKernels } from '../discover/kernels.ts'
import { openKernels } from '../discover/open-kernels.ts'
import { packageRoots } from '../discover/roots.ts'
import { openMeters } from '../energy/meters.ts'
import { cacheCheck } from '../machine/cache.ts'
import { DONE, FAILED } from '../process/exit.ts'
import { sample } from '../vet/sample.ts'
import { answer } from './answer.ts'
import { adapterOption, jsonOption } from './option.ts'
import { choiceOf, dimOption, type ModelFlags, outputOption, setOption, stateOption } from './model-option.ts'
import type { Invocation } from './session.ts'

/** `octet doctor`: exit 1 if no kernel package has a device on this machine, or if a package is broken. */
export function doctorCommand(invocation: Invocation): Command {
  return new Command('doctor')
    .description(
      'Show what octet found on this machine, why an adapter is missing, and which command fixes that; ' +
        'or list everything that blocks a model.',
    )
    .argument('[model]', 'a MODEL.onnx')
    .addOption(dimOption())
    .addOption(setOption())
    .addOption(outputOption())
    .addOption(stateOption())
    .addOption(adapterOption())
    .addOption(jsonOption())
    .action(
      invocation.action(async (model: string | undefined, flags: Flags) => {
        const { adapter, json } = flags
        if (model !== undefined) {
          const checks = await examine(model, flags)
          answer(invocation, json, checks, checks.map(inWords).join('\n'))
          return checks.every(({ ok }) => ok) ? DONE : FAILED
        }
        const withheld: Check[] = []
        const host = hostOf(invocation.reporter, adapter)
        const { found, faults } = await discoverKernels(packageRoots(), {
          host,
          asks: ['diagnose'],
          cases: sample(randomCases()),
          fresh: true,
          reporter: invocation.reporter,
          onWithheld: (check) => withheld.push(check),
        })
        const checks: Check[] = [
          { subject: 'runtime', ok: true, detail: `node ${process.versions.node}` },
          cacheCheck(),
          ...faults.map(({ package: name, fault }) => ({ subject: name, ok: false, detail: fault })),
        ]
        let devices = 0
        for (const { kernels } of found) {
          const opened = await tryOut(kernels, host)
          checks.push(...opened.checks)
          devices += Number(opened.device)
        }
        checks.push(...withheld, ...(await energyChecks()))
        if (devices === 0)
          checks.push({
            subject: 'device',
            ok: false,
            detail: 'no kernel package has a device here: bench would run on the plain TypeScript reference',
          })
        answer(invocation, json, checks, checks.map(inWords).join('\n'))
        return devices === 0 || faults.length > 0 || withheld.length > 0 ? FAILED : DONE
      }),
    )
}

interface Flags extends ModelFlags {
  readonly adapter: string
  readonly json?: string
}

/** Every obstacle to importing the model, or the fact that it imports. */
async function examine(model: string, flags: Flags): Promise<Check[]> {
  const blockers = await examineModel(model, choiceOf(flags))
  if (blockers.length === 0) return [{ subject: model, ok: true, detail: 'it imports: all its ops run' }]
  return blockers.map(({ message, mend = 'export the model without it' }) => ({
    subject: model,
    ok: false,
    detail: message,
    mend,
  }))
}

/** The meters that can be read on this machine. No meter is required. */
async function energyChecks(): Promise<Check[]> {
  const { meters, missing } = await openMeters()
  for (const meter of meters) meter.close()
  const checks: Check[] = meters.map(({ source }) => ({
    subject: 'energy',
    ok: true,
    detail: `it is measured by ${source}`,
  }))
  for (const { meter, reason, ...remedy } of missing)
    checks.push({ subject: `energy: ${meter}`, ok: false, detail: reason, ...remedy })
  return checks
}

/** The description of a package, and whether its device opens. */
async function tryOut(kernels: KernelPackage, host: Host): Promise<{ checks: Check[]; device: boolean }> {
  const checks: Check[] = []
  for (const check of (await kernels.diagnose?.(host)) ?? [])
    checks.push({ ...check, subject: `${kernels.id}: ${check.subject}` })
  const opened = await openKernels(kernels, host)
  if (!isDevice(opened)) {
    checks.push({ subject: kernels.id, ok: false, detail: opened.unavailable, mend: opened.mend })
    return { checks, device: false }
  }
  const { name, backend, software, modes } = opened.info
  await opened.dispose()
  const how = Object.entries(modes).map(([what, mode]) => `${what}: ${mode}`)
  checks.push({
    subject: kernels.id,
    ok: true,
    detail: `bench would use ${name} (${backend}, ${software ? 'software' : 'hardware'}). ${how.join('; ')}`,
  })
  return { checks, device: true }
}

function inWords({ subject, ok, detail, mend }: Check): string {
  return inert(`${ok ? 'ok     ' : 'missing'} ${subject}: ${detail}${mend === undefined ? '' : `. ${mend}`}`)
}
