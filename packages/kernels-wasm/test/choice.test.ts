import { expect, test } from 'vitest'
import { ProgramChoices, ThreadChoice } from '../src/threads/choice.ts'

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

test('a way that is known is kept without trials', () => {
  for (const alone of [true, false]) {
    const choice = new ThreadChoice(alone)
    expect([choice.alone, choice.trialsLeft]).toEqual([alone, 0])
    choice.note(1)
    expect(choice.alone).toBe(alone)
  }
})

test('a part of a program runs as the program does, and its times tell nothing', () => {
  const [choices, first] = [new ProgramChoices(), {}]
  // A part is short enough that only its runs would tell; the program is so long that all threads run it.
  const whole = choices.of(first, 5, () => false)
  const part = choices.of(first, 2, () => undefined)
  expect([whole.isWhole, part.isWhole]).toEqual([true, false])
  expect([part.choice.alone, part.choice.trialsLeft]).toEqual([false, 0])
  expect(choices.of(first, 5, () => true).choice).toBe(whole.choice)
  expect(choices.of({}, 2, () => undefined).choice.trialsLeft).toBe(12)
})

test('an op that was tried by itself begins a program later', () => {
  const [choices, first] = [new ProgramChoices(), {}]
  choices.of(first, 1, () => true)
  const { choice, isWhole } = choices.of(first, 3, () => undefined)
  expect([choice.trialsLeft, isWhole]).toEqual([12, true])
})
