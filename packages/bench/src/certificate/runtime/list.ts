import type { Certificate } from '../certificate.ts'
import { installRuntimes } from './install.ts'
import { octetRuntime } from './octet.ts'
import { openOnnxRuntime } from './onnxruntime.ts'
import type { Runtime } from './runtime.ts'

interface Opening {
  readonly certificate: Certificate
  /** Octet's own version. */
  readonly version: string
  /** Called before packages are installed. */
  readonly onInstall: () => void
}

/** Every runtime that `verify` can check, the default first. */
const RUNTIMES: Readonly<Record<string, (opening: Opening) => Promise<Runtime>>> = {
  'ort-node': (opening) => ofPackages(opening, 'onnxruntime-node'),
  'ort-web': (opening) => ofPackages(opening, 'onnxruntime-web'),
  octet: async ({ version, certificate }) => octetRuntime(version, certificate),
}

export const RUNTIME_IDS: readonly string[] = Object.keys(RUNTIMES)

/** @throws OctetError if the runtime cannot be installed. */
export function openRuntime(id: string, opening: Opening): Promise<Runtime> {
  return RUNTIMES[id](opening)
}

async function ofPackages(
  { onInstall }: Opening,
  library: 'onnxruntime-node' | 'onnxruntime-web',
): Promise<Runtime> {
  await installRuntimes(onInstall)
  return openOnnxRuntime(library)
}
