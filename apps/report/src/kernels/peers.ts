import { kernelPrecisionName } from '@octet/core'
import { median, speedVerdict } from '@octet/core/statistics'
import { type KernelResult, type Peer } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { fixed, times } from '../format/number.ts'
import { measured } from '../table/measured.ts'
import { head, number, numberHead, scroller } from '../table/scroller.ts'

/** One peer's format beside all of our formats. */
interface ComparedPeer {
  readonly name: string
  readonly note: string | undefined
  /** For each of our precisions, the peer's ratios on all shapes that both computed. */
  readonly met: ReadonlyMap<string, readonly Peer[]>
}

/** Our kernels against other projects: a line for each peer, then shape by shape. */
export function peers(kernels: readonly KernelResult[]): Child {
  const compared = kernels.filter(({ peers }) => peers.length > 0)
  if (compared.length === 0) return undefined
  const others = comparedPeers(compared)
  const ours = [...new Set(compared.map(kernelPrecisionName))]
  return [
    h(
      'p',
      { class: 'plain-words' },
      'Peers ran in the same rounds, by the wall clock, many dispatches at a time.',
    ),
    losses(others),
    summary(others, ours),
    h('details', { class: 'each' }, h('summary', {}, 'Every shape'), each(compared, others)),
  ]
}

/** Names the peers that win, and the shapes. */
function losses(others: readonly ComparedPeer[]): Child {
  const lines = others.flatMap(({ name, met }) => {
    const lost = [...met].flatMap(([precision, all]) => {
      const count = all.filter((peer) => speedVerdict(peer) === 'slower').length
      return count === 0 ? [] : [{ precision, score: `${count} of ${all.length}` }]
    })
    if (lost.length === 0) return []
    const scores = new Set(lost.map(({ score }) => score))
    const where =
      scores.size === 1
        ? `${lost.map(({ precision }) => precision).join(', ')} on ${lost[0].score} shapes`
        : lost.map(({ precision, score }) => `${precision} on ${score}`).join(', ')
    return [h('li', { class: 'loss' }, h('strong', {}, name), ` beats our ${where}`)]
  })
  return lines.length === 0
    ? h('p', { class: 'plain-words' }, 'None of them is faster on any shape.')
    : h('ul', { class: 'findings winners' }, lines)
}

function summary(others: readonly ComparedPeer[], ours: readonly string[]): HTMLElement {
  const caption = 'Time of a peer over ours: median over the shapes, least to most'
  return scroller(caption, {
    caption,
    heads: [head('Peer'), ours.map((precision) => numberHead(['our ', precision])), head('Ran on')],
    body: h(
      'tbody',
      {},
      others.map(({ name, note, met }) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, name),
          ours.map((precision) => number(spread(met.get(precision) ?? []))),
          h('td', { class: 'place' }, h('small', {}, note)),
        ),
      ),
    ),
  })
}

function spread(met: readonly Peer[]): Child {
  if (met.length === 0) return '–'
  const ratios = met.map((peer) => peer.ratio).toSorted((a, b) => a - b)
  const middle = median(ratios)
  return [
    h('span', { class: middle < 1 && 'theirs' }, `${times(middle)}×`),
    ' ',
    h('small', { class: 'interval' }, `${times(ratios[0])} – ${times(ratios.at(-1)!)}`),
  ]
}

function each(compared: readonly KernelResult[], others: readonly ComparedPeer[]): HTMLElement {
  const caption = 'Time of a peer over ours, paired by round, with its 95% interval'
  return scroller(caption, {
    caption,
    heads: [
      head('Shape'),
      head('Ours'),
      others.map(({ name }) => numberHead(name)),
      numberHead('Drift', 'of the clock'),
    ],
    body: h(
      'tbody',
      {},
      compared.map((kernel) =>
        h(
          'tr',
          { class: 'compared' },
          h('th', { scope: 'row' }, kernel.shape),
          h('td', {}, kernelPrecisionName(kernel)),
          others.map(({ name }) => {
            const peer = kernel.peers.find((one) => peerName(one) === name)
            return number(peer && ratioOf(peer))
          }),
          number(kernel.drift === undefined ? undefined : fixed(kernel.drift, 2)),
        ),
      ),
    ),
  })
}

function ratioOf(peer: Peer): Child {
  return h(
    'span',
    { class: speedVerdict(peer) === 'slower' && 'theirs' },
    measured(peer.ratio, peer.ci95, times),
  )
}

function comparedPeers(compared: readonly KernelResult[]): readonly ComparedPeer[] {
  const all = new Map<string, { note: string | undefined; met: Map<string, Peer[]> }>()
  for (const kernel of compared)
    for (const peer of kernel.peers) {
      const name = peerName(peer)
      const known = all.get(name) ?? { note: peer.note, met: new Map<string, Peer[]>() }
      const precision = kernelPrecisionName(kernel)
      known.met.set(precision, [...(known.met.get(precision) ?? []), peer])
      all.set(name, known)
    }
  return [...all].map(([name, { note, met }]) => ({ name, note, met }))
}

function peerName({ name, precision }: Peer): string {
  return `${name} ${/^fp\d+$/.test(precision) ? precision.toUpperCase() : precision}`
}
