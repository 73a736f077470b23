import { type Finding, inert, isDevice, type KernelPackage } from '@octet/core'
import { conformanceCases } from '@octet/core/conformance'
import { Command } from 'commander'
import { discoverKernels } from '../discover/kernels.ts'
import { openKernels } from '../discover/renewable.ts'
import { workspaceRoot } from '../discover/workspace.ts'
import { cacheFinding } from '../machine/cache.ts'
import { DONE, FAILED } from '../process/exit.ts'
import { sample } from '../vet/sample.ts'
import { answer } from './answer.ts'
import { adapterOption, jsonOption } from './option.ts'
import type { Invocation } from './session.ts'

/** `octet doctor`: exit 1 when no kernel package has a device here, or one is broken. */
export function doctorCommand(invocation: Invocation): Command {
  return new Command('doctor')
    .description('What octet found here, why an adapter is missing, and the command that mends it.')
    .addOption(adapterOption())
    .addOption(jsonOption())
    .action(
      invocation.action(async ({ adapter, json }: { adapter: string; json?: string }) => {
        const withheld: Finding[] = []
        const { found, faults } = await discoverKernels(workspaceRoot(), {
          host: { runtime: 'node', adapter },
          asks: ['diagnose'],
          cases: sample(conformanceCases()),
          fresh: true,
          reporter: invocation.reporter,
          onWithheld: (finding) => withheld.push(finding),
        })
        const findings: Finding[] = [
          { subject: 'runtime', ok: true, detail: `node ${process.versions.node}` },
          cacheFinding(),
          ...faults.map(({ package: name, fault }) => ({ subject: name, ok: false, detail: fault })),
        ]
        let devices = 0
        for (const { kernels } of found) {
          const opened = await examine(kernels, adapter)
          findings.push(...opened.findings)
          devices += Number(opened.device)
        }
        findings.push(...withheld)
        if (devices === 0)
          findings.push({
            subject: 'device',
            ok: false,
            detail: 'no kernel package has a device here: bench would run on the plain TypeScript reference',
          })
        answer(invocation, json, findings, findings.map(inWords).join('\n'))
        return devices === 0 || faults.length > 0 || withheld.length > 0 ? FAILED : DONE
      }),
    )
}

/** What a package says of itself, and whether it opens. */
async function examine(
  kernels: KernelPackage,
  adapter: string,
): Promise<{ findings: Finding[]; device: boolean }> {
  const host = { runtime: 'node', adapter } as const
  const findings: Finding[] = []
  for (const finding of (await kernels.diagnose?.(host)) ?? [])
    findings.push({ ...finding, subject: `${kernels.id}: ${finding.subject}` })
  const opened = await openKernels(kernels, host)
  if (!isDevice(opened)) {
    findings.push({ subject: kernels.id, ok: false, detail: opened.unavailable, mend: opened.mend })
    return { findings, device: false }
  }
  const { name, backend, software, modes } = opened.info
  await opened.dispose()
  const how = Object.entries(modes).map(([what, mode]) => `${what}: ${mode}`)
  findings.push({
    subject: kernels.id,
    ok: true,
    detail: `bench would use ${name} (${backend}, ${software ? 'software' : 'hardware'}). ${how.join('; ')}`,
  })
  return { findings, device: true }
}

function inWords({ subject, ok, detail, mend }: Finding): string {
  return inert(`${ok ? 'ok     ' : 'missing'} ${subject}: ${detail}${mend === undefined ? '' : `. ${mend}`}`)
}
