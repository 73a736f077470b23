import { cached, readJson, replaceJson } from '../../cache/node/file.ts'
import { note } from '../../cache/note.ts'
import {
  FORMAT,
  formatOf,
  NO_CHOICES,
  parseTable,
  withChoices,
  type Choices,
  type TuningTable,
} from '../table.ts'

const WHAT = 'the tuning cache'

/** Where choices are kept between processes: `webgpu-tuning.json` in octet's cache folder. */
export function tuningPath(): string {
  return cached('webgpu-tuning.json')
}

/** The table in a file. A note names a file that is damaged or of another format, and an empty one takes its place. */
export async function readTable(path: string): Promise<TuningTable> {
  const json = await readJson(path, WHAT)
  if (json === undefined) return NO_CHOICES
  const table = parseTable(json)
  if (table !== undefined) return table
  const format = formatOf(json) ?? FORMAT
  const fault =
    format === FORMAT ? 'is damaged' : `is of format ${format}, and this octet keeps format ${FORMAT}`
  note(`${WHAT} ${path} ${fault}; Octet starts an empty one`)
  await replaceJson(path, NO_CHOICES, WHAT)
  return NO_CHOICES
}

/** Adds a device's choices to the file, whatever others have added meanwhile. */
export async function addChoices(path: string, device: string, added: Choices): Promise<void> {
  await replaceJson(path, withChoices(await readTable(path), device, added), WHAT)
}

/** What of it there is, in words, for `octet doctor`. */
export async function describeTuning(): Promise<string> {
  const path = tuningPath()
  const devices = Object.values((await readTable(path)).devices)
  const choices = devices.reduce((sum, one) => sum + Object.keys(one).length, 0)
  return choices === 0
    ? `nothing tuned on this machine yet; kept in ${path}`
    : `${choices} ops tuned on ${devices.length} adapters, in ${path}`
}
