import type { KernelPackage } from '@octet/core'
import { expect, test } from 'vitest'
import { openExact } from '../src/discover/exact.ts'
import type { Reporter } from '../src/show/reporter.ts'
import { SILENT } from '../src/show/reporter.ts'

const MUCH = 1e12
const moduleOf = (compute: string): string =>
  `data:text/javascript,${encodeURIComponent(
    `export default { contract: 1, open: async () => ({ name: 'n', compute: ${compute}, dispose: async () => {} }) }`,
  )}`
const packageOf = (id: string, exact?: string) => ({
  kernels: { id } as KernelPackage,
  ...(exact && { exact }),
})
/** It leaves all to the reference, so that no result of its own is wrong. */
const right = packageOf('right', moduleOf('() => false'))
/** It says that it has computed what it has not. */
const wrong = packageOf('wrong', moduleOf('() => true'))

function logged(): { readonly reporter: Reporter; readonly lines: string[] } {
  const lines: string[] = []
  return { reporter: { ...SILENT, log: (line) => lines.push(line), note: (line) => lines.push(line) }, lines }
}

test('the first package that has the bits of the reference computes, and each says why it does or not', async () => {
  const { reporter, lines } = logged()
  expect(await openExact([packageOf('plain'), wrong, right], MUCH, reporter)).toMatchObject({ name: 'n' })
  expect(lines[0]).toMatch(/^wrong does not replace the reference: its results are not the reference's: /)
  expect(lines[1]).toBe('calibration and the reference run on right, with the same bits: n')
})

test.each([
  [[wrong]],
  [[packageOf('plain')]],
  [[packageOf('broken', 'data:text/javascript,export default {}')]],
])('the reference calibrates where no package can: %#', async (packages) => {
  const { reporter, lines } = logged()
  expect(await openExact(packages, MUCH, reporter)).toBeUndefined()
  expect(lines.at(-1)).toBe('calibration runs on the reference itself')
})

test('nothing is tried for what the reference computes in no time', async () => {
  expect(await openExact([wrong, right], 1e6, SILENT)).toBeUndefined()
})
