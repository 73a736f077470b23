import { readFileSync } from 'node:fs'
import { OctetError } from '@octet/core'
import { Command } from 'commander'
import { certificateBeside, readCertificate } from '../certificate/certificate.ts'
import { sha256 } from '../certificate/numbers.ts'
import { prove } from '../certificate/prove.ts'
import { openRuntime, RUNTIME_IDS } from '../certificate/runtime/list.ts'
import { DONE, FAILED } from '../process/exit.ts'
import { VERSION } from '../quantize/provenance.ts'
import { verdictInWords } from '../show/verification.ts'
import { answer } from './answer.ts'
import { jsonOption, oneOf } from './option.ts'
import type { Invocation, Session } from './session.ts'

interface Flags {
  readonly runtime: string
  readonly anotherModel?: true
  readonly json?: string
}

/** `octet verify MODEL.onnx [CERTIFICATE]`: exit 1 where the runtime yields something else. */
export function verifyCommand(invocation: Invocation): Command {
  return new Command('verify')
    .description('Prove that a runtime computes the integers in the certificate of a quantized model.')
    .argument('<model>', 'the MODEL.onnx that octet quantize wrote')
    .argument('[certificate]', 'its certificate (default: MODEL.certificate.json)')
    .option(
      '--runtime <which>',
      `${RUNTIME_IDS.join(', ')}; the first use of ONNX Runtime installs it`,
      oneOf('--runtime', RUNTIME_IDS),
      RUNTIME_IDS[0],
    )
    .option('--another-model', 'compare a model that is not the certified file')
    .addOption(jsonOption())
    .action(
      invocation.action((model: string, certificate: string | undefined, flags: Flags) =>
        verify(model, certificate ?? certificateBeside(model), flags, invocation),
      ),
    )
}

async function verify(path: string, beside: string, flags: Flags, session: Session): Promise<number> {
  const { reporter } = session
  const model = readFileSync(path)
  const certificate = readCertificate(beside)
  if (flags.anotherModel === undefined && sha256(model) !== certificate.model.sha256)
    throw new OctetError(
      `${beside} is the certificate of another file than ${path}: their hashes differ`,
      `give ${certificate.model.name} as it was written, or compare this one all the same with --another-model`,
    )
  const runtime = await openRuntime(flags.runtime, {
    certificate,
    version: VERSION,
    onInstall: () => reporter.log('installing the runtimes, about 430 MB'),
  })
  reporter.begin(certificate.vectors.count)
  reporter.stage(`${runtime.name}: running ${path}`)
  const verdict = await prove(certificate, model, runtime, () => reporter.advance(1))
  reporter.end()
  answer(session, flags.json, verdict, verdictInWords(verdict))
  return verdict.holds ? DONE : FAILED
}
