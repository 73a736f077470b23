import type { Fp16Audit } from '@octet/results'
import { h } from '../dom/element.ts'
import { facts } from '../dom/facts.ts'
import { significant } from '../format/number.ts'

/** The largest finite half: (2 - 2^-10) * 2^15. */
const LARGEST_HALF = 65_504

/** The effect of FP16 on a tensor. */
export function fp16Card({ verdict, words, largest }: Fp16Audit): HTMLElement {
  return h(
    'section',
    { class: 'layer-card' },
    h('h3', {}, 'In FP16: ', fp16Verdict(verdict)),
    h('p', {}, `${words[0].toUpperCase()}${words.slice(1)}.`),
    facts(['Largest magnitude', significant(largest)], ['Largest half', significant(LARGEST_HALF)]),
  )
}

/** A verdict of the audit, in the colour of its severity. */
export function fp16Verdict(verdict: Fp16Audit['verdict']): HTMLElement {
  return h('span', { class: `fp16 ${verdict}` }, verdict)
}
