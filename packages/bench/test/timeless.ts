import type { Cell, Run } from '@octet/results'

/** What of a run does not depend on when and how fast it was measured. */
export function timeless({ run, cells, trainings = [], profiles: _times, ...rest }: Run): object {
  const { seed, dataHash, modelHashes, optionsHash, programHash } = run
  return {
    run: { seed, dataHash, modelHashes, optionsHash, programHash },
    ...rest,
    cells: cells.map(withoutTimes),
    trainings: trainings.map(({ seconds: _seconds, ...training }) => training),
  }
}

function withoutTimes({ latency, status, reason, ...cell }: Cell): object {
  return {
    ...cell,
    program: latency?.shared,
    // Whether the clock was steady is a matter of time too.
    ...(status === 'unstable' ? { status: 'ok', reason: undefined } : { status, reason }),
  }
}
