import { OctetError } from '@octet/core'
import { BOARD_IDS } from '@octet/results'
import { type Command, Option } from 'commander'

/**
 * The first flag that the user gave and `isMeant` accepts. Undefined if there is none. `--quiet` goes with every flag
 * and does not count.
 */
export function flagGiven(command: Command, isMeant: (attribute: string) => boolean): string | undefined {
  const given = command.options.find((option) => {
    const name = option.attributeName()
    if (name === 'quiet') return false
    return command.getOptionValueSource(name) === 'cli' && isMeant(name)
  })
  return given?.long ?? given?.flags
}

/** `--json FILE|-`. */
export function jsonOption(): Option {
  return new Option(
    '--json <file>',
    'write the answer as JSON to a file, or to stdout with - (default: text alone)',
  )
}

/** `--board`; `use` describes its effect. */
export function boardOption(use: string): Option {
  return new Option('--board <name>', `${use}: ${BOARD_IDS.join(', ')} (default: none)`).argParser(
    knownOne(BOARD_IDS, (id) => `there is no board "${id}"`),
  )
}

/** `--adapter`. */
export function adapterOption(): Option {
  return new Option(
    '--adapter <which>',
    'auto, hardware, software, or a text that the adapter id or name contains',
  ).default('auto')
}

/** `--kernels`. `among` names the further values and the default. */
export function kernelsOption(among: string): Option {
  return new Option('--kernels <list>', `kernel packages${among}`).argParser(collect(String))
}

/** `--tune SECONDS`: `whose` says for which kernels the seconds are. */
export function tuneOption(whose: string, seconds: number, beside = ''): Option {
  return new Option(
    '--tune <seconds>',
    `the most seconds in which a device finds its fastest kernels for ${whose}; 0 keeps to the kernels known so far`,
  )
    .argParser(wholeNumber('--tune', 0))
    .default(undefined, `${seconds}${beside}`)
}

/** `--into RUN`. */
export function intoOption(what: string): Option {
  const words =
    'write the timings into a run of the same machine, where they replace earlier timings of the same ' +
    `${what}: its folder, or without a value the newest run in results (default: no run)`
  return new Option('--into [run]', words)
}

/** A parser of comma lists that may be repeated. Every item must be known. Duplicates count once. */
export function listOf<T extends string>(
  what: string,
  known: readonly T[],
): (value: string, before: readonly T[] | undefined) => readonly T[] {
  return collect(knownOne(known, (item) => `there is no ${what} "${item}"`))
}

/** A parser of one word out of several known words. */
export function oneOf<T extends string>(flag: string, known: readonly T[]): (value: string) => T {
  return knownOne(known, (value) => `${flag} is "${value}"`)
}

/** A parser of one value out of several known values. `complaint` describes the fault of any other value. */
export function knownOne<T extends string | number>(
  known: readonly T[],
  complaint: (value: string) => string,
): (value: string) => T {
  return (value) => {
    const found = known.find((one) => String(one) === value)
    if (found === undefined)
      throw new OctetError(complaint(value), `the known values are ${known.join(', ')}`)
    return found
  }
}

/** A parser of comma lists that may be repeated. `check` turns each item into its value. */
export function collect<T>(
  check: (item: string) => T,
): (value: string, before: readonly T[] | undefined) => readonly T[] {
  // Commander passes the default as the previous value. The user's values replace a default.
  const given: T[] = []
  return (value) => {
    for (const item of value.split(',').map((part) => part.trim())) {
      if (item === '') throw new OctetError(`"${value}" has an empty item`, 'separate items by single commas')
      const checked = check(item)
      if (!given.includes(checked)) given.push(checked)
    }
    return [...given]
  }
}

/** A parser of whole numbers that are at least `least`. */
export function wholeNumber(flag: string, least: number): (value: string) => number {
  const holds = (number: number, value: string): boolean =>
    /^\d+$/.test(value) && number >= least && number <= 2 ** 31 - 1
  return numberBy(flag, `a whole number of at least ${least}`, holds)
}

/** A parser of numbers that are at least 0. */
export function positiveNumber(flag: string): (value: string) => number {
  return numberBy(flag, 'a number that is not negative', (number) => number >= 0 && number < Infinity)
}

/** A parser of probabilities that are neither 0 nor 1. */
export function probability(flag: string): (value: string) => number {
  return numberBy(flag, 'a probability between 0 and 1', (number) => number > 0 && number < 1)
}

function numberBy(
  flag: string,
  wanted: string,
  holds: (number: number, value: string) => boolean,
): (value: string) => number {
  return (value) => {
    const number = Number(value)
    if (value.trim() === '' || !holds(number, value))
      throw new OctetError(`${flag} is "${value}"`, `give ${wanted}`)
    return number
  }
}

/** A parser of `i/n`, 1 <= i <= n. */
export function shardOf(value: string): readonly [number, number] {
  const [, i, n] = /^(\d+)\/(\d+)$/.exec(value) ?? []
  const [part, parts] = [Number(i), Number(n)]
  if (!(part >= 1 && part <= parts))
    throw new OctetError(`--shard is "${value}"`, 'give i/n with 1 <= i <= n, as in 2/3')
  return [part, parts]
}
