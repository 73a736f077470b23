import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { note } from '../note.ts'
import {
  FORMAT,
  formatOf,
  NO_CHOICES,
  parseTable,
  withChoices,
  type Choices,
  type TuningTable,
} from '../table.ts'

/** Where choices are kept between processes: `$XDG_CACHE_HOME/octet/webgpu-tuning.json`, or below `~/.cache`. */
export function tuningPath(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'octet', 'webgpu-tuning.json')
}

/** The table in a file. One that is not there, damaged, or of another format is an empty one; of the latter two the user is told. */
export async function readTable(path: string): Promise<TuningTable> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      note(`the tuning cache cannot be read, so it is not used: ${(error as Error).message}`)
    return NO_CHOICES
  }
  const json = jsonOf(text)
  const table = parseTable(json)
  if (table !== undefined) return table
  const format = formatOf(json) ?? FORMAT
  const fault =
    format === FORMAT ? 'is damaged' : `is of format ${format}, and this octet keeps format ${FORMAT}`
  note(`the tuning cache ${path} ${fault}; it is begun anew`)
  return NO_CHOICES
}

/**
 * Adds a device's choices to the file, whatever others have added meanwhile. The file is replaced as a whole, so that a reader never
 * meets half of one. Where that is not possible the user is told, and the choices last as long as the process.
 */
export async function addChoices(path: string, device: string, added: Choices): Promise<void> {
  const table = withChoices(await readTable(path), device, added)
  const fresh = `${path}.${process.pid}`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(fresh, `${JSON.stringify(table, undefined, 1)}\n`)
    await rename(fresh, path)
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => undefined)
    note(
      `the tuning cache cannot be written, so choices last as long as this process: ${(error as Error).message}`,
    )
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
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
