import { meetsGoals, recommend, type Run } from '@octet/results'
import { h } from '../dom/element.ts'
import type { View } from '../page/view.ts'
import { chosenWorkload, workloadPicker, wrongWorkload } from '../workload/chosen.ts'
import { answer } from './answer.ts'
import { goalControls, goalsIn } from './controls.ts'
import { isMeasured } from './front.ts'
import { headline, scopeLine, softwareNote } from './headline.ts'
import { tradeoffChart } from './tradeoff.ts'
import './decision.css'

/** The recommended configuration under goals that the reader can move, with the evidence and all alternatives. */
export const decision: View = {
  id: 'decision',
  title: 'Decision',
  headed: true,
  applies: () => true,
  render({ run, address }) {
    const top = h('div', {})
    const answers = h('ul', { class: 'answers' })
    const front = h('div', { class: 'front' })
    let drawn: string | undefined
    let drawnFront: string | undefined
    const update = (): void => {
      const goals = goalsIn(run, address)
      const workload = chosenWorkload(run, address)
      const state = JSON.stringify(goals)
      const recommendation =
        state === drawn && drawnFront === workload?.id ? undefined : recommend(run, goals)
      if (recommendation === undefined) return
      const { choices } = recommendation
      if (state !== drawn) {
        top.replaceChildren(headline(run, recommendation))
        const unlisted = choices.filter((choice) => run.workloads.every(({ id }) => id !== choice.workload))
        answers.replaceChildren(
          ...run.workloads.flatMap((one) => {
            const choice = choices.find(({ workload }) => workload === one.id)
            return choice ? [answer(run, one, choice, goals)] : []
          }),
          ...unlisted.map(({ sentence }) => h('li', { class: 'answer' }, sentence)),
        )
      }
      drawn = state
      drawnFront = workload?.id
      const cells = run.cells.filter((cell) => cell.workload === workload?.id).filter(isMeasured)
      front.replaceChildren(
        ...(workload === undefined || cells.length === 0
          ? []
          : [
              tradeoffChart({
                run,
                workload,
                cells,
                recommended: choices.find((choice) => choice.workload === workload.id)?.cell,
                meets: (cell) => meetsGoals(cell, goals),
                open: (cell) => address.set({ cell: cell.key }),
              }),
            ]),
      )
    }
    address.onChange(update)
    update()
    const swept = run.cells.length > 0
    return [
      scopeLine(run),
      top,
      softwareNote(run),
      swept && [
        h('div', { class: 'decision' }, goalControls(run, address), answers),
        rule(run),
        wrongWorkload(run, address),
        workloadPicker(run.workloads, address),
        front,
      ],
    ]
  },
}

/** The rule of the choice, as `rank` of the results package applies it. */
function rule({ workloads }: Run): HTMLElement {
  return h(
    'details',
    { class: 'rule' },
    h('summary', {}, 'How the choice is made'),
    h(
      'ol',
      {},
      [
        'Configurations that miss a goal are left out. Configurations whose whole intervals meet all ' +
          'goals come before the others.',
        'The smallest model is taken. Sizes within 5% count as equal.',
        'Of these, the fastest. Times within 5% count as equal.',
        'Of these, all whose loss the samples do not distinguish from the smallest loss.',
        'Of these, the highest SQNR of the output, within 0.1 dB; then the most frequent agreement with ' +
          'FP32; then the simplest to make and to run.',
      ].map((step) => h('li', {}, step)),
    ),
    workloads.length > 1 &&
      h(
        'p',
        {},
        'The title has the configuration that suits all workloads. Each card has the best configuration ' +
          'for its own workload.',
      ),
  )
}
