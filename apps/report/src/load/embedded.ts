import { parseRun, type Run } from '@octet/results'
import { inOneLine } from './fault.ts'

/** The id of the script element that holds the runs of a built report. */
const ELEMENT = 'octet-runs'

/** The runs inside the page, and one line for each that cannot be read. */
export function embeddedRuns(page: Document): {
  readonly runs: readonly Run[]
  readonly faults: readonly string[]
} {
  const runs: Run[] = []
  const faults: string[] = []
  try {
    const embedded: unknown = JSON.parse(page.getElementById(ELEMENT)?.textContent ?? '[]')
    if (!Array.isArray(embedded)) throw new TypeError('not a list of runs')
    for (const [i, json] of embedded.entries()) {
      try {
        runs.push(parseRun(json))
      } catch (error) {
        faults.push(inOneLine(`run ${i + 1} in this page`, error))
      }
    }
  } catch (error) {
    faults.push(inOneLine('the runs in this page', error))
  }
  return { runs, faults }
}
