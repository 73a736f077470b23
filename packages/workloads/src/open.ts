import { stat } from 'node:fs/promises'
import { OctetError } from '@octet/core'
import { listWorkloads, openData, type DataOptions } from './builtin/catalog.ts'
import { withModel } from './builtin/model.ts'
import { openFolder } from './folder/open.ts'
import type { Workload } from './workload.ts'

/**
 * Opens a built-in workload by its id, or the workload folder at a path. An id has precedence over a folder with that
 * name.
 * @throws OctetError, one line, for a part that is missing or does not fit.
 */
export async function openWorkload(idOrFolder: string, options: DataOptions = {}): Promise<Workload> {
  const ids = listWorkloads().map(({ id }) => id)
  if (ids.includes(idOrFolder)) return withModel(await openData(idOrFolder, options))
  const found = await stat(idOrFolder).catch(() => undefined)
  if (found === undefined)
    throw new OctetError(
      `"${idOrFolder}" is neither a built-in workload nor a folder`,
      `the built-in workloads are ${ids.join(', ')}`,
    )
  if (!found.isDirectory())
    throw new OctetError(
      `${idOrFolder} is not a folder`,
      'a model by itself needs its data: evaluation samples and labels',
    )
  return openFolder(idOrFolder)
}
