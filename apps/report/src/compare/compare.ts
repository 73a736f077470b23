import { compareRuns, type Comparison, type Run } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { facts } from '../dom/facts.ts'
import { counted } from '../format/number.ts'
import { instant } from '../format/time.ts'
import type { Address } from '../page/address.ts'
import type { View } from '../page/view.ts'
import { wrongChoice } from '../page/wrong.ts'
import { head, scroller } from '../table/scroller.ts'
import { chosenWorkload, workloadPicker } from '../workload/chosen.ts'
import { type Change, changesOf, ends, figureName } from './changes.ts'
import { historyChart } from './history.ts'
import './compare.css'

/** The shown run against another run on the page, with the verdicts of the results package, and all runs over time. */
export const compare: View = {
  id: 'compare',
  title: 'Compare',
  applies: ({ cells, kernels }) => cells.length + kernels.length > 0,
  render({ run, runs, address }) {
    const others = runs.filter((one) => one !== run)
    if (others.length === 0)
      return h(
        'p',
        { class: 'lead' },
        'Drop another run.json on this page, or open it with the button above, to compare this run with ' +
          'it. Dropping several files compares them.',
      )
    const place = h('div', {})
    const select = h(
      'select',
      { name: 'with', on: { change: () => address.set({ with: select.value }) } },
      others.map((other) => h('option', { value: other.run.id }, other.run.id)),
    )
    const latest = latestBefore(run, others)
    const wrong = wrongChoice(address, () => {
      const named = address.get('with')
      if (named !== undefined && others.every((other) => other.run.id !== named))
        return `There is no other run “${named}” on this page: ${latest.run.id} is shown.`
      const before = others.find((other) => other.run.id === named) ?? latest
      return before.run.startedAt > run.run.startedAt
        ? `${before.run.id} is the later run: better and worse are those of ${run.run.id} against it.`
        : undefined
    })
    let drawn: string | undefined
    const update = (): void => {
      const before = others.find((other) => other.run.id === address.get('with')) ?? latest
      select.value = before.run.id
      const workload = chosenWorkload(run, address)?.id
      const state = `${before.run.id} ${workload}`
      if (state === drawn) return
      drawn = state
      place.replaceChildren(
        panel(before, run, compareRuns(before, run, runs), address),
        ...(workload === undefined ? [] : [historyChart(runs, workload, run) ?? '']),
      )
    }
    address.onChange(update)
    update()
    return [
      h('label', { class: 'picker' }, h('span', {}, 'Before'), select),
      ' ',
      workloadPicker(run.workloads, address),
      wrong,
      place,
    ]
  },
}

/** The latest of some runs before a given run. If no run is earlier, the first run. */
function latestBefore({ run }: Run, others: readonly Run[]): Run {
  const ordered = others.toSorted((a, b) => (a.run.startedAt < b.run.startedAt ? -1 : 1))
  return ordered.findLast((other) => other.run.startedAt <= run.startedAt) ?? ordered[0]
}

/**
 * The important differences first: faults and failures, then worse and better figures. A count stands for the rest,
 * which the reader can open.
 */
function panel(before: Run, after: Run, comparison: Comparison, address: Address): HTMLElement {
  const { holds, faults, differences, notJudged, compared } = comparison
  const changes = changesOf(differences)
  const grave = changes.filter(({ difference }) => difference.gates)
  const rest = changes.filter(({ difference }) => !difference.gates)
  const worse = rest.filter(({ difference }) => difference.verdict === 'worse')
  const better = rest.filter(({ difference }) => difference.verdict !== 'worse')
  return h(
    'div',
    { class: 'comparison' },
    h(
      'p',
      { class: holds ? 'verdict-line' : 'verdict-line setback' },
      h('strong', {}, holds ? 'Nothing that counts got worse' : 'The comparison fails'),
      `: ${counted(compared, 'cell')} compared, ${counted(changes.length, 'difference')}.`,
    ),
    h('div', { class: 'cards' }, side('Before', before), side('After', after)),
    faults.map((fault) => h('p', { class: 'setback' }, fault)),
    grave.length > 0 && table('What fails', grave, address),
    worse.length > 0 && table('Worse, which does not count', worse, address),
    behind('better', better, address),
    notJudged.length > 0 &&
      h(
        'details',
        {},
        h('summary', {}, `${counted(notJudged.length, 'thing')} not judged`),
        h(
          'ul',
          {},
          notJudged.map((what) => h('li', {}, what)),
        ),
      ),
  )
}

function side(title: string, { run, machine, cells }: Run): HTMLElement {
  return h(
    'section',
    { class: 'card' },
    h('h3', {}, title),
    facts(
      ['Run', h('code', {}, run.id)],
      ['Started', instant(run.startedAt)],
      ['Commit', [h('code', {}, run.commit.slice(0, 12)), run.dirty && ' with uncommitted changes']],
      ['Machine', `${machine.cpu}, ${machine.runtime}`],
      ['Cells', String(cells.length)],
    ),
  )
}

function behind(words: string, changes: readonly Change[], address: Address): Child {
  return (
    changes.length > 0 &&
    h(
      'details',
      {},
      h('summary', {}, `${counted(changes.length, 'difference')} ${words}`),
      table(`What is ${words}`, changes, address),
    )
  )
}

function table(caption: string, changes: readonly Change[], address: Address): HTMLElement {
  return scroller(caption, {
    class: 'changes',
    caption,
    heads: [head('Cells'), head('Figure'), head('Before'), head('After')],
    body: h(
      'tbody',
      {},
      changes.map(({ difference, keys }) =>
        h(
          'tr',
          { class: difference.gates && 'grave' },
          h('th', { scope: 'row' }, keys.length === 1 ? opener(keys[0], address) : several(keys, address)),
          h('td', {}, figureName(difference.figure)),
          ends(difference).map((text) => h('td', {}, text)),
        ),
      ),
    ),
  })
}

function several(keys: readonly string[], address: Address): HTMLElement {
  return h(
    'details',
    {},
    h('summary', {}, counted(keys.length, 'cell')),
    h(
      'ul',
      {},
      keys.map((key) => h('li', {}, opener(key, address))),
    ),
  )
}

function opener(key: string, address: Address): HTMLElement {
  return h('button', { type: 'button', class: 'link', on: { click: () => address.set({ cell: key }) } }, key)
}
