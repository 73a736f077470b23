export function times(ratio: number): string {
  return `${ratio.toFixed(2)}x`
}

/** A count such as `10,000`. */
export function grouped(count: number): string {
  return count.toLocaleString('en')
}

/** Decibels such as `38.2 dB`. null means an output without any error. */
export function decibels(sqnrDb: number | null): string {
  return sqnrDb === null || sqnrDb === Infinity ? 'no error at all' : `${sqnrDb.toFixed(1)} dB`
}

/** A count and its noun: `1 cell`, `2,000 cells`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
}

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']

/** A small count as a word. */
export function numberWord(count: number): string {
  return NUMBERS[count] ?? grouped(count)
}
