import { compareRuns } from '../../packages/results/dist/index.js'

/**
 * What a pull request changes, as data that ci/gate/verdict.mjs can check and ci/gate/markdown.mjs can show.
 *
 * @typedef {{ what: string, where: string, places: number, before: string, after: string, fails: boolean }} Change
 * @typedef {{
 *   program: string, device: string, ratio: number, ci95: [number, number], pairs: number,
 *   verdict: 'same' | 'faster' | 'slower',
 * }} Time
 * @typedef {{
 *   version: 1, pull: number, base: string, head: string, machine: string, cells: number, holds: boolean,
 *   faults: string[], changes: Change[], times: Time[], notJudged: string[],
 * }} Verdict
 *
 * @typedef {import('./weigh.mjs').Weight} Weight
 * @typedef {{
 *   programs: readonly (Omit<Time, 'ci95'> & { ci95: readonly [number, number] })[],
 *   notCompared: readonly { program: string, reason: string, lost: boolean }[],
 * }} Raced
 */

/** A bundle may grow by this share of the base, or by this many bytes if that is more. */
export const GROWTH = 0.05
export const LEAST_GROWTH_BYTES = 4096

/** The most lines of a kind that a verdict keeps. A further line counts the lines that it leaves out. */
const MOST = 40
const LONGEST = 300

/**
 * Accuracy, integers, bytes, lost cells, bundles and public names fail a pull request; time never does.
 * @param {{
 *   pull: number,
 *   before: import('../../packages/results/dist/index.js').Run,
 *   after: import('../../packages/results/dist/index.js').Run,
 *   weights: readonly [Weight, Weight], changesets: readonly string[], raced: Raced,
 * }} found
 * @returns {Verdict}
 */
export function judge({ pull, before, after, weights, changesets, raced }) {
  const compared = compareRuns(before, after)
  const differences = compared.differences.filter(({ figure }) => figure !== 'latency')
  const changes = [
    ...grouped(
      differences.map(({ key, figure, before: was, after: is, gates }) => ({
        what: figure,
        where: key,
        places: 1,
        before: String(was),
        after: String(is),
        fails: gates,
      })),
    ),
    ...raced.notCompared
      .filter(({ lost }) => lost)
      .map(({ program, reason }) => ({
        what: 'program',
        where: program,
        places: 1,
        before: 'runs',
        after: reason,
        fails: true,
      })),
    ...bundles(...weights),
    ...names(...weights, changesets),
  ]
  const { faults } = compared
  return {
    version: 1,
    pull,
    base: before.run.commit,
    head: after.run.commit,
    machine: short(`${after.machine.cpu}, ${after.machine.runtime}`),
    cells: compared.compared,
    holds: faults.length === 0 && !changes.some(({ fails }) => fails),
    faults: fewer(faults.map(short), (left) => `${left} more`),
    changes: fewer(
      changes
        .toSorted((a, b) => Number(b.fails) - Number(a.fails))
        .map(({ where, before: was, after: is, ...one }) =>
          Object.assign(one, { where: short(where), before: short(was), after: short(is) }),
        ),
      (left) => ({ what: 'more changes', where: '', places: left, before: '', after: '', fails: false }),
    ),
    times: raced.programs
      .toSorted((a, b) => Number(a.verdict === 'same') - Number(b.verdict === 'same'))
      .slice(0, MOST)
      .map(({ program, device, ratio, ci95, pairs, verdict }) => ({
        program: short(program),
        device: short(device),
        ratio,
        ci95: [ci95[0], ci95[1]],
        pairs,
        verdict,
      })),
    notJudged: fewer(
      [
        // The race of both builds judges times, not the comparison of the two finished runs.
        ...compared.notJudged.filter((what) => !what.startsWith('time ') && !what.startsWith('time:')),
        ...raced.notCompared
          .filter(({ lost }) => !lost)
          .map(({ program, reason }) => `time of ${program}: ${reason}`),
      ].map(short),
      (left) => `${left} more`,
    ),
  }
}

/** Changes with the same values before and after become one change, which counts its places. */
function grouped(/** @type {Change[]} */ changes) {
  /** @type {Map<string, Change>} */
  const kinds = new Map()
  for (const change of changes) {
    const { what, before, after, fails } = change
    const kind = JSON.stringify([what, before, after, fails])
    const known = kinds.get(kind)
    kinds.set(kind, known === undefined ? change : { ...known, places: known.places + 1 })
  }
  return [...kinds.values()]
}

/** @returns {Change[]} */
function bundles(/** @type {Weight} */ before, /** @type {Weight} */ after) {
  return Object.keys({ ...before.bundles, ...after.bundles }).flatMap((name) => {
    const [was, is] = [before, after].map(({ bundles: bytes }) => (name in bytes ? bytes[name] : 0))
    if (was === is) return []
    const fails = was > 0 && is - was > Math.max(LEAST_GROWTH_BYTES, GROWTH * was)
    return [{ what: 'bundle', where: name, places: 1, before: `${was} B`, after: `${is} B`, fails }]
  })
}

/**
 * A public name that is gone, or has another signature, fails unless a changeset names its package.
 * @returns {Change[]}
 */
function names(
  /** @type {Weight} */ before,
  /** @type {Weight} */ after,
  /** @type {readonly string[]} */ changesets,
) {
  const announced = new Set(changesets)
  return Object.keys({ ...before.names, ...after.names }).flatMap((name) => {
    const [then, now] = [new Set(before.names[name]), new Set(after.names[name])]
    const gone = [...then].filter((line) => !now.has(line))
    const added = [...now].filter((line) => !then.has(line))
    /** @type {(line: string, is: readonly [string, string], fails: boolean) => Change} */
    const change = (line, [was, is], fails) => ({
      what: 'public name',
      where: `${name}: ${line}`,
      places: 1,
      before: was,
      after: is,
      fails,
    })
    return gone
      .map((line) => change(line, ['there', 'gone or changed'], !announced.has(name)))
      .concat(added.map((line) => change(line, ['-', 'added'], false)))
  })
}

function short(/** @type {string} */ text) {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`
}

/**
 * @template T
 * @param {readonly T[]} items
 * @param {(left: number) => T} more
 * @returns {T[]}
 */
function fewer(items, more) {
  return items.length <= MOST ? [...items] : [...items.slice(0, MOST - 1), more(items.length - MOST + 1)]
}
