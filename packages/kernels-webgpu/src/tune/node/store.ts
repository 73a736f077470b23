import { cached, CacheFile } from '../../cache/node/file.ts'
import type { Warn } from '../../cache/warn.ts'
import { NO_CHOICES, parseTable, withChoices, type Choices, type TuningTable } from '../table.ts'

/** The file that keeps choices between processes: `webgpu-tuning.json` in Octet's cache folder. */
export function tuningPath(): string {
  return cached('webgpu-tuning.json')
}

/** The choices in that file. */
export function tuningFile(warn: Warn, path: string = tuningPath()): CacheFile<TuningTable> {
  return new CacheFile({ path, what: 'the tuning cache', empty: NO_CHOICES, parse: parseTable }, warn)
}

/** Adds a device's choices to the file, and keeps all choices that others have added meanwhile. */
export async function addChoices(
  file: CacheFile<TuningTable>,
  device: string,
  added: Choices,
): Promise<void> {
  await file.replace(withChoices(await file.read(), device, added))
}

/** A description of its content, for `octet doctor`. */
export async function describeTuning(warn: Warn): Promise<string> {
  const file = tuningFile(warn)
  const devices = Object.values((await file.read()).devices)
  const choices = devices.reduce((sum, one) => sum + Object.keys(one).length, 0)
  return choices === 0
    ? `nothing tuned on this machine yet; kept in ${file.path}`
    : `${choices} ops tuned on ${devices.length} adapters, in ${file.path}`
}
