import { cached, readJson, replaceJson } from '../../cache/node/file.ts'
import { note } from '../../cache/note.ts'
import { NO_TRIALS, parseTrials, type KnownTrials, type TrialTable } from '../trials.ts'

const WHAT = 'what is known of subgroup matrices'

/** Where trials are kept between processes: `webgpu-matrices.json` in octet's cache folder. */
export function trialsPath(): string {
  return cached('webgpu-matrices.json')
}

/** The trials in the file. A note names a damaged file, and an empty one takes its place. */
export async function readTrials(): Promise<TrialTable> {
  const path = trialsPath()
  const json = await readJson(path, WHAT)
  if (json === undefined) return NO_TRIALS
  const table = parseTrials(json)
  if (table !== undefined) return table
  note(`${WHAT}, ${path}, is damaged; Octet starts an empty one`)
  await replaceJson(path, NO_TRIALS, WHAT)
  return NO_TRIALS
}

/** Adds a device's trials to the file, whatever others have added meanwhile. */
export async function addTrials(device: string, added: KnownTrials): Promise<void> {
  const { devices } = await readTrials()
  const all = { ...devices, [device]: { ...devices[device], ...added } }
  await replaceJson(trialsPath(), { ...NO_TRIALS, devices: all }, WHAT)
}
