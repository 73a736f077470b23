import { cached, CacheFile } from '../../cache/node/file.ts'
import type { Warn } from '../../cache/warn.ts'
import { NO_TRIALS, parseTrials, type KnownTrials, type TrialTable } from '../trials.ts'

/** The file that keeps trials between processes: `webgpu-matrices.json` in Octet's cache folder. */
export function trialsPath(): string {
  return cached('webgpu-matrices.json')
}

/** The trials in that file. */
export function trialsFile(warn: Warn): CacheFile<TrialTable> {
  const what = 'the record of subgroup matrices'
  return new CacheFile({ path: trialsPath(), what, empty: NO_TRIALS, parse: parseTrials }, warn)
}

/** Adds a device's trials to the file, and keeps all trials that others have added meanwhile. */
export async function addTrials(
  file: CacheFile<TrialTable>,
  device: string,
  added: KnownTrials,
): Promise<void> {
  const { devices } = await file.read()
  const all = { ...devices, [device]: { ...devices[device], ...added } }
  await file.replace({ ...NO_TRIALS, devices: all })
}
