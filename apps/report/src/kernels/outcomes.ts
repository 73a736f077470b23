import { type Ratio, speedVerdict } from '@octet/core/statistics'
import { type ModelRace } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { span } from '../format/number.ts'

interface Outcome {
  readonly verdict: ReturnType<typeof speedVerdict>
  readonly text: string
}

const TONES = { faster: 'gain', slower: 'loss', equal: 'plain' } as const

/**
 * The fastest contenders over whole models as text: our reduced precisions against our FP32, then ours against each
 * peer.
 */
export function outcomes(races: readonly ModelRace[]): Child {
  const all = [...ownOutcomes(races), ...peerOutcomes(races)]
  if (all.length === 0) return undefined
  return h(
    'ul',
    { class: 'findings outcomes' },
    all.map(({ verdict, text }) => h('li', { class: TONES[verdict] }, text)),
  )
}

function ownOutcomes(races: readonly ModelRace[]): Outcome[] {
  const met = races.flatMap(({ times }) =>
    times.flatMap(({ by, precision, vsFp32 }) =>
      vsFp32 === undefined ? [] : [{ who: `${by} ${precision.toUpperCase()}`, ratio: vsFp32 }],
    ),
  )
  const words = { faster: 'is faster than', slower: 'is slower than', equal: 'is as fast as' }
  return scored(
    met,
    ({ who, verdict, score, range }) =>
      `End to end ${who} ${words[verdict]} its own FP32 on ${score}: ${range}× its speed.`,
  )
}

function peerOutcomes(races: readonly ModelRace[]): Outcome[] {
  const met = races.flatMap(({ times }) =>
    times.flatMap(({ by, precision, ours = [] }) =>
      ours.map((one) => ({
        who: `${by} ${precision.toUpperCase()}`,
        ours: one.precision.toUpperCase(),
        ratio: one.ratio,
      })),
    ),
  )
  const words = { faster: 'loses to', slower: 'beats', equal: 'is as fast as' }
  return [...Map.groupBy(met, ({ ours }) => ours)].flatMap(([ours, group]) =>
    scored(
      group,
      ({ who, verdict, score, range }) =>
        `${who} ${words[verdict]} our ${ours} on ${score}: it takes ${range}× our time.`,
    ),
  )
}

/** One outcome for each contender and verdict, with the share of its models with that verdict. */
function scored(
  met: readonly { readonly who: string; readonly ratio: Ratio }[],
  say: (found: {
    readonly who: string
    readonly verdict: Outcome['verdict']
    readonly score: string
    readonly range: string
  }) => string,
): Outcome[] {
  return [...Map.groupBy(met, ({ who }) => who)].flatMap(([who, all]) =>
    [...Map.groupBy(all, ({ ratio }) => speedVerdict(ratio))].map(([verdict, group]) => ({
      verdict,
      text: say({
        who,
        verdict,
        score: `${group.length} of ${all.length} models`,
        range: span(group.map(({ ratio }) => ratio.ratio)),
      }),
    })),
  )
}
