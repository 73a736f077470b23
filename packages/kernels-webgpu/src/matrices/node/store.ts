import { cached, readJson, replaceJson } from '../../cache/node/file.ts'
import { note } from '../../cache/note.ts'
import { NO_VERDICTS, parseVerdicts, type Verdicts, type VerdictTable } from '../verdicts.ts'

const WHAT = 'what is known of subgroup matrices'

/** Where verdicts are kept between processes: `webgpu-matrices.json` in octet's cache folder. */
export function verdictsPath(): string {
  return cached('webgpu-matrices.json')
}

/** The verdicts in the file. A note names a damaged file, and an empty one takes its place. */
export async function readVerdicts(): Promise<VerdictTable> {
  const path = verdictsPath()
  const json = await readJson(path, WHAT)
  if (json === undefined) return NO_VERDICTS
  const table = parseVerdicts(json)
  if (table !== undefined) return table
  note(`${WHAT}, ${path}, is damaged; Octet starts an empty one`)
  await replaceJson(path, NO_VERDICTS, WHAT)
  return NO_VERDICTS
}

/** Adds a device's verdicts to the file, whatever others have added meanwhile. */
export async function addVerdicts(device: string, added: Verdicts): Promise<void> {
  const { devices } = await readVerdicts()
  const all = { ...devices, [device]: { ...devices[device], ...added } }
  await replaceJson(verdictsPath(), { ...NO_VERDICTS, devices: all }, WHAT)
}
