import type { Run } from '@octet/results'
import { expect, test } from 'vitest'
import { describeInBrowser, openReport } from './browser/open.ts'
import { syntheticRun } from './run/synthetic.ts'

const run = syntheticRun()
const [before, shown, after] = ['2026-01-04', '2026-01-05', '2026-01-06'].map(startedOn)

function startedOn(day: string): Run {
  return { ...run, run: { ...run.run, id: day, startedAt: `${day}T08:12:00.000Z` } }
}

describeInBrowser('the comparison of runs', () => {
  test('is with the latest earlier run, says so of a later one, and names a run that is not there', async () => {
    const { page } = await openReport([shown, after, before], { hash: '#compare' })
    const select = page.locator('#compare select[name="with"]')
    const wrong = page.locator('#compare .wrong')
    expect(await select.inputValue()).toBe(before.run.id)
    expect(await wrong.count()).toBe(0)
    await select.selectOption(after.run.id)
    expect(await wrong.textContent()).toContain(`${after.run.id} is the later run`)
    await page.evaluate(() => location.assign('#compare?with=nothing'))
    await expect.poll(() => wrong.textContent()).toContain('no other run “nothing” on this page')
    expect(await select.inputValue()).toBe(before.run.id)
  })

  test('draws one machine as one, also where earlier runs have another fingerprint of it', async () => {
    const old = { ...before, machine: { ...run.machine, fingerprint: 'with-adapters' } }
    const { page } = await openReport([shown, old], { hash: '#compare' })
    const chart = page.locator('#compare figure')
    expect(await chart.textContent()).not.toContain('tell machines apart')
    const other = { ...before, machine: { ...run.machine, cpu: 'Another CPU' } }
    const { page: apart } = await openReport([shown, other], { hash: '#compare' })
    const two = apart.locator('#compare figure')
    expect(await two.textContent()).toContain('tell machines apart')
    await two.getByText('Figures as a table').click()
    expect(await two.locator('tbody').textContent()).toMatch(/1: Another CPU.*2: Synthetic CPU/)
  })
})
