/** Threads of the contender before spin for a while, and would take the next one's cores. */
const PAUSE_MS = 25

/**
 * Runs contenders in turn, round by round, each round beginning with another one; ms of each, repeated to about
 * `region` ms. `pause` ms lie between turns, and `clock` gives ms.
 */
export async function race(
  contenders,
  { rounds = 15, region = 20, pause = PAUSE_MS, clock = () => performance.now() } = {},
) {
  const rest = () => new Promise((resolve) => setTimeout(resolve, pause))
  const names = Object.keys(contenders)
  const repeats = {}
  for (const name of names) {
    for (let i = 0; i < 3; i++) await contenders[name]()
    await rest()
    await contenders[name]()
    const begin = clock()
    await contenders[name]()
    repeats[name] = Math.max(1, Math.min(500, Math.ceil(region / (clock() - begin))))
  }
  const times = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length]
      await rest()
      await contenders[name]()
      const begin = clock()
      for (let i = 0; i < repeats[name]; i++) await contenders[name]()
      times[name].push((clock() - begin) / repeats[name])
    }
  return times
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

/** Paired ratios of time, the median and the quartiles: above 1, `b` is the faster. */
export function ratio(a, b) {
  const sorted = a.map((value, i) => value / b[i]).toSorted((x, y) => x - y)
  const at = (part) => sorted[Math.floor(part * (sorted.length - 1))].toFixed(2)
  return `${at(0.5)}x [${at(0.25)}, ${at(0.75)}]`
}
