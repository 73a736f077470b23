import { describe, expect, test } from 'vitest'
import { csv, markdown } from '../src/table/export.ts'
import { describeInBrowser, openReport } from './browser/open.ts'
import { syntheticRun } from './run/synthetic.ts'

describe('a table as text', () => {
  const texts = [
    ['name', 'drop, points'],
    ['a "b"', '−0.1 | 2'],
  ]

  test('is CSV with fields quoted where they must be', () => {
    expect(csv(texts)).toBe('name,"drop, points"\r\n"a ""b""",−0.1 | 2\r\n')
  })

  test('is Markdown with bars escaped', () => {
    expect(markdown(texts)).toBe('| name | drop, points |\n| --- | --- |\n| a "b" | −0.1 \\| 2 |\n')
  })
})

describeInBrowser('the buttons under a table', () => {
  test('save all its rows, those that are not drawn too', async () => {
    const run = syntheticRun()
    const { page } = await openReport([run], { hash: '#cells?precision=int8' })
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download CSV' }).click()
    const stream = await (await saved).createReadStream()
    let text = ''
    for await (const chunk of stream) text += String(chunk)
    const int8 = run.cells.filter(({ precision }) => precision === 'int8')
    expect(text.trim().split('\r\n')).toHaveLength(int8.length + 1)
    expect(text).toContain('Accuracy (%)')
  })
})
