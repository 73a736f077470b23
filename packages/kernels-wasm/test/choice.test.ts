import { expect, test } from 'vitest'
import { ThreadChoice } from '../src/threads/choice.ts'

/** Notes runs until the choice is settled; returns how many they were. */
function settle(choice: ThreadChoice, alone: number, together: number): number {
  let runs = 0
  while (choice.trialsLeft > 0) {
    // The first of each way takes longer.
    choice.note((choice.alone ? alone : together) + (runs < 2 ? 1000 : 0))
    runs++
  }
  return runs
}

test.each([
  ['one thread, where others keep threads waiting', 55, 140, true],
  ['all threads, where they are faster', 55, 30, false],
  ['one thread, where all gain next to nothing', 55, 54, true],
])('keeps %s', (_, alone, together, kept) => {
  const choice = new ThreadChoice()
  expect(settle(choice, alone, together)).toBe(12)
  expect(choice.alone).toBe(kept)
  choice.note(kept ? 1e9 : 0)
  expect(choice.alone).toBe(kept)
})

test('both ways have their turns, all threads first', () => {
  const choice = new ThreadChoice()
  const ways: boolean[] = []
  for (let run = 0; run < 6; run++) {
    ways.push(choice.alone)
    choice.note(1)
  }
  expect(ways).toEqual([false, true, false, true, false, true])
})
