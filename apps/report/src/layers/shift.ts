import type { Shift } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { facts } from '../dom/facts.ts'
import { percent, significant } from '../format/number.ts'

/** The rule of thumb for a population stability index. */
const SMALL_PSI = 0.1
const LARGE_PSI = 0.25

/** The distance of a tensor's values over evaluation samples from its values over calibration samples. */
export function shiftCard({ ks, wasserstein, js, psi }: Shift): HTMLElement {
  return h(
    'section',
    { class: 'layer-card' },
    h('h3', {}, 'Evaluation against calibration: ', h('strong', {}, psiInWords(psi))),
    h(
      'p',
      {},
      'Zero means that evaluation and calibration samples have the same distribution. A PSI of 0.1 is ' +
        'small, and 0.25 is large.',
    ),
    facts(
      [term('Change of shares', 'population stability index, PSI'), significant(psi)],
      [term('Largest gap', 'between cumulative shares, KS'), percent(ks)],
      [term('Mean distance', 'in the tensor’s unit, Wasserstein'), significant(wasserstein)],
      [term('Divergence', 'Jensen-Shannon, 0 to 1 bit'), `${significant(js)} bit`],
    ),
  )
}

function psiInWords(psi: number): string {
  if (psi < SMALL_PSI) return 'alike'
  return psi < LARGE_PSI ? 'somewhat shifted' : 'shifted'
}

/** A plain name with the name of the statistic below it. */
function term(plain: string, statistic: string): Child {
  return [plain, h('small', {}, statistic)]
}
