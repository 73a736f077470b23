import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { CPU_ADAPTERS } from '../../open/source.ts'
import { familyOf } from '../bucket.ts'
import { linesOf, NO_CHOICES, withChoices } from '../table.ts'
import { tuningFile } from './store.ts'

// Writes src/tune/shipped.ts from this machine's tuning cache. Only software adapters are shipped: they are the same
// everywhere.
const { devices } = await tuningFile((text) => void process.stderr.write(`${text}\n`)).read()
let shipped = NO_CHOICES
for (const [key, choices] of Object.entries(devices)) {
  // The faults of a driver belong to that driver only.
  const right = Object.entries(choices).flatMap(([bucket, { variant, ratio, wrong }]) =>
    variant === null || wrong !== undefined ? [] : [[bucket, { variant, ratio }] as const],
  )
  if (CPU_ADAPTERS.test(key)) shipped = withChoices(shipped, familyOf(key), Object.fromEntries(right))
}

const families = Object.entries(shipped.devices).map(
  ([family, choices]) => `${JSON.stringify(family)}: choicesIn(${JSON.stringify(linesOf(choices))})`,
)
const source = `import { choicesIn, FORMAT, type TuningTable } from './table.ts'

/** Choices that come with the package, by family of devices. Written by \`ship-tuning\`. */
export const SHIPPED: TuningTable = { format: FORMAT, devices: { ${families.join(',')} } }
`
await writeFile(fileURLToPath(new URL('../../../src/tune/shipped.ts', import.meta.url)), source)
for (const [family, choices] of Object.entries(shipped.devices))
  process.stdout.write(`${family}: ${Object.keys(choices).length} choices\n`)
