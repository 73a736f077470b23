import { messageOf } from '../show/message.ts'
import type { Reporter } from '../show/reporter.ts'
import { duel, type DuelEffort, type Side, SideFault, type SideName } from './duel.ts'
import type { Entrant } from './protocol.ts'
import { changeIn, confirmed, PAIRS, type SpeedChange } from './verdict.ts'

/** The change of one program between two builds. */
export interface ProgramChange {
  readonly program: string
  readonly device: string
  /** The number of other programs that do the same work. */
  readonly shared: number
  /** Time in the base over time in the head: > 1 is faster. */
  readonly ratio: number
  readonly ci95: readonly [number, number]
  /** The pairs of processes behind the figures. */
  readonly pairs: number
  readonly verdict: SpeedChange
}

/** A program without a ratio, and the reason. `lost` means that the base runs it and the head does not. */
export interface NotCompared {
  readonly program: string
  readonly reason: string
  readonly lost: boolean
}

export interface BuildComparison {
  readonly programs: readonly ProgramChange[]
  readonly notCompared: readonly NotCompared[]
  /** The parts of the subject that each build leaves out, with the reasons. */
  readonly left: { readonly base: readonly string[]; readonly head: readonly string[] }
  /** False if the head lost a program or nothing was compared. A difference in time alone never makes it false. */
  readonly holds: boolean
}

/** A side and the programs that it can time. */
export interface OpenSide extends Side {
  readonly entrants: readonly Entrant[]
  readonly left: readonly string[]
}

/** Both builds in fresh processes. */
export interface OpenPair {
  readonly base: OpenSide
  readonly head: OpenSide
  close(): void
}

/**
 * Compares two builds, program by program. Each pair of processes gives one ratio per program. If nine pairs see a
 * difference, nine fresh pairs measure it again. A program that fails ends its pair. A fresh pair goes on with the next
 * program, so that no other program fails with it.
 * @param openPair starts fresh processes of both builds
 */
export async function compareBuilds(
  openPair: (index: number) => Promise<OpenPair>,
  effort: DuelEffort,
  reporter: Reporter,
): Promise<BuildComparison> {
  let left: BuildComparison['left'] = { base: [], head: [] }
  let contestants: readonly Contestant[] | undefined
  const notCompared = new Map<string, NotCompared>()
  const race = async (
    only: ReadonlySet<string> | undefined,
    stage: string,
  ): Promise<Map<string, number[]>> => {
    const ratios = new Map<string, number[]>()
    for (let index = 0; index < PAIRS; index++) {
      reporter.stage(`${stage}, processes ${index + 1} of ${PAIRS}`)
      let pair: OpenPair | undefined = await openPair(index)
      try {
        if (contestants === undefined) {
          left = { base: pair.base.left, head: pair.head.left }
          const both = pairUp(pair)
          contestants = both.contestants
          for (const one of both.apart) notCompared.set(one.program, one)
        }
        const wanted = contestants.filter(({ key }) => only?.has(key) !== false)
        if (index === 0) reporter.begin(wanted.length * PAIRS)
        for (const { key } of wanted) {
          if (!notCompared.has(key)) {
            pair ??= await openPair(index)
            try {
              const ratio = await duel(key, pair, orderOf(index), effort)
              ratios.set(key, [...(ratios.get(key) ?? []), ratio])
            } catch (error) {
              if (!(error instanceof SideFault)) throw error
              const { side } = error
              const reason = `${side}: ${messageOf(error)}`
              notCompared.set(key, { program: key, reason, lost: side === 'head' })
              pair.close()
              pair = undefined
            }
          }
          reporter.advance(1)
        }
      } finally {
        pair?.close()
      }
    }
    return ratios
  }
  const first = await race(undefined, 'comparing')
  const changed = new Set(
    [...first]
      .filter(([, ratios]) => whole(ratios) && changeIn(ratios).verdict !== 'same')
      .map(([key]) => key),
  )
  const fresh =
    changed.size > 0 ? await race(changed, `measuring ${changed.size} again`) : new Map<string, number[]>()
  reporter.end()
  const programs = (contestants ?? []).flatMap(({ key, device, shared }): ProgramChange[] => {
    const [before, again] = [first.get(key), fresh.get(key)]
    if (notCompared.has(key) || before === undefined || !whole(before)) return []
    if (changed.has(key) && (again === undefined || !whole(again))) return []
    const change = again === undefined ? changeIn(before) : confirmed(before, again)
    return [{ program: key, device, shared, ...change, pairs: PAIRS }]
  })
  const apart = [...notCompared.values()]
  return {
    programs,
    notCompared: apart,
    left,
    holds: programs.length > 0 && !apart.some(({ lost }) => lost),
  }
}

/** The order of the sides in a pair of processes. It changes from pair to pair. */
export function orderOf(index: number): readonly SideName[] {
  return index % 2 === 0 ? ['base', 'head'] : ['head', 'base']
}

function whole(ratios: readonly number[]): boolean {
  return ratios.length === PAIRS
}

interface Contestant {
  readonly key: string
  readonly device: string
  readonly shared: number
}

/**
 * The programs that both builds have, and the programs that one of them lacks. Programs that do the same work in both
 * builds are timed once.
 */
function pairUp({ base, head }: OpenPair): { contestants: Contestant[]; apart: NotCompared[] } {
  const there = new Map(base.entrants.map(({ key, work }) => [key, work]))
  const here = new Set(head.entrants.map(({ key }) => key))
  const works = new Map<string, Contestant>()
  for (const { key, device, work } of head.entrants.filter((one) => there.has(one.key))) {
    const id = JSON.stringify([device, work, there.get(key)])
    const known = works.get(id)
    works.set(id, known === undefined ? { key, device, shared: 0 } : { ...known, shared: known.shared + 1 })
  }
  return {
    contestants: [...works.values()],
    apart: [
      ...base.entrants
        .filter(({ key }) => !here.has(key))
        .map(({ key }) => ({ program: key, reason: 'the head does not run it', lost: true })),
      ...head.entrants
        .filter(({ key }) => !there.has(key))
        .map(({ key }) => ({ program: key, reason: 'the base does not run it', lost: false })),
    ],
  }
}
