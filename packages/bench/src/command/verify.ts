import { readFileSync } from 'node:fs'
import { OctetError } from '@octet/core'
import { Command } from 'commander'
import { type Certificate, certificateBeside, readCertificate } from '../certificate/certificate.ts'
import { certifyDelivered } from '../certificate/delivered.ts'
import { sha256 } from '../certificate/numbers.ts'
import { prove } from '../certificate/prove.ts'
import { openRuntime, RUNTIME_IDS } from '../certificate/runtime/list.ts'
import { DONE, FAILED } from '../process/exit.ts'
import { VERSION } from '../quantize/provenance.ts'
import type { SourceFiles } from '../source/open.ts'
import { verdictInWords } from '../show/verification.ts'
import { answer } from './answer.ts'
import { flagGiven, jsonOption, oneOf } from './option.ts'
import type { Invocation, Session } from './session.ts'
import { filesOf, type SourceFlags, withSourceOptions } from './source-option.ts'

interface Flags extends SourceFlags {
  readonly runtime: string
  readonly anotherModel?: true
  readonly json?: string
}

/** `octet verify MODEL.onnx [CERTIFICATE]`: exit 1 if the runtime's results differ. */
export function verifyCommand(invocation: Invocation): Command {
  const command = new Command('verify')
    .description('Prove that a runtime computes the integers in the certificate of a quantized model.')
    .argument(
      '<model>',
      'the MODEL.onnx that octet quantize wrote, or any quantized model with --eval or --calib',
    )
    .argument(
      '[certificate]',
      'its certificate (default: MODEL.certificate.json; with --eval or --calib, Octet computes one ' +
        'from the first samples)',
    )
  return withSourceOptions(command)
    .option(
      '--runtime <which>',
      `${RUNTIME_IDS.join(', ')}; the first use of ONNX Runtime installs it`,
      oneOf('--runtime', RUNTIME_IDS),
      RUNTIME_IDS[0],
    )
    .option('--another-model', 'compare a model that differs from the certified file')
    .addOption(jsonOption())
    .action(
      invocation.action((model: string, certificate: string | undefined, flags: Flags, command: Command) => {
        refuseUnused(command, flags)
        return verify(model, certificate, flags, invocation)
      }),
    )
}

/** Flags that describe no samples, so they may be combined with a certificate. */
const WITH_CERTIFICATE: ReadonlySet<string> = new Set(['runtime', 'anotherModel', 'json'])

/** @throws OctetError for a flag that has no effect together with the other flags. */
function refuseUnused(command: Command, flags: Flags): void {
  if (flags.eval === undefined && flags.calib === undefined) {
    const extra = flagGiven(command, (name) => !WITH_CERTIFICATE.has(name))
    if (extra === undefined) return
    throw new OctetError(
      `${extra} describes samples, and a certificate already has samples`,
      `give samples with --eval or --calib, or leave ${extra} out`,
    )
  }
  if (flags.anotherModel !== undefined)
    throw new OctetError(
      '--another-model compares with the certificate of another file, and Octet computes one from ' +
        'samples for this model',
      'leave --another-model out, or leave --eval and --calib out',
    )
}

async function verify(
  path: string,
  beside: string | undefined,
  flags: Flags,
  session: Session,
): Promise<number> {
  const { reporter } = session
  const certificate = await certificateFor(path, beside, flags)
  const model = readFileSync(path)
  const runtime = await openRuntime(flags.runtime, {
    certificate,
    version: VERSION,
    onInstall: () => reporter.note('installing the runtimes, about 430 MB'),
  })
  reporter.begin(certificate.vectors.count)
  reporter.stage(`${runtime.name}: running ${path}`)
  const verdict = await prove(certificate, model, runtime, () => reporter.advance(1))
  reporter.end()
  answer(session, flags.json, verdict, verdictInWords(verdict))
  return verdict.holds ? DONE : FAILED
}

/**
 * The named certificate, or the certificate beside the model. If the user gives samples instead, a certificate made
 * from them.
 */
async function certificateFor(path: string, named: string | undefined, flags: Flags): Promise<Certificate> {
  if (flags.eval !== undefined || flags.calib !== undefined) {
    if (named !== undefined)
      throw new OctetError(
        `${named} already has inputs, and --${flags.eval === undefined ? 'calib' : 'eval'} gives others`,
        'leave one of them out',
      )
    return certifyDelivered(path, withoutJudging(await filesOf(flags)), VERSION)
  }
  const beside = named ?? certificateBeside(path)
  const certificate = readCertificate(beside)
  if (flags.anotherModel === undefined && sha256(readFileSync(path)) !== certificate.model.sha256)
    throw new OctetError(
      `${beside} is not the certificate of ${path}: their hashes differ`,
      `give ${certificate.model.name} unchanged, or compare this file anyway with --another-model`,
    )
  return certificate
}

/**
 * The same files as samples that nothing is judged on. A certificate holds outputs and not their accuracy, so a
 * manifest that names a task needs no labels here. A task that the user states stays.
 */
function withoutJudging(files: SourceFiles): SourceFiles {
  if (files.labels !== undefined) return files
  return { ...files, stated: { task: 'none', ...files.stated } }
}
