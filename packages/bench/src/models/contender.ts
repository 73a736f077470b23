import { type Contender, FEWEST_SAMPLES, median, repeatsWithin } from '@octet/core/statistics'
import { type ModelTime } from '@octet/results'
import type { Runner } from './runner.ts'

type About = Pick<ModelTime, 'by' | 'precision' | 'dispatches' | 'note'>

/** One project's model in one precision, beside a model of one trivial op. */
export interface ModelContender extends Contender, About {
  /** ns, one figure per round: the median of a turn's repetitions. */
  readonly samples: readonly number[]
  readonly overhead: readonly number[]
}

export function modelContender(about: About, whole: Runner, trivial: Runner): ModelContender {
  const samples: number[] = []
  const overhead: number[] = []
  let [repeats, trivialRepeats] = [1, 1]
  return {
    ...about,
    samples,
    overhead,
    fill: async (regionNs) => {
      const one = median(await whole.run(FEWEST_SAMPLES))
      const least = median(await trivial.run(FEWEST_SAMPLES))
      repeats = repeatsWithin(regionNs, one)
      trivialRepeats = repeatsWithin(regionNs / 2, least)
      return repeats * one + trivialRepeats * least
    },
    run: async () => {
      samples.push(median(await whole.run(repeats)))
      overhead.push(median(await trivial.run(trivialRepeats)))
    },
  }
}
