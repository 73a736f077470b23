import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tensor, tensorsOf } from '@octet/core'
import { expect, it } from 'vitest'
import { batchOf, formatNpy } from '../../src/index.ts'
import { readReadings } from '../../src/folder/arrays.ts'
import { rowsAbsentFrom } from '../../src/overlap.ts'
import { selectReadings } from '../../src/samples.ts'
import { archive } from '../npy/archive.ts'
import { temporaryFolder } from '../temporary.ts'

const INPUTS = [
  { name: 'sound', shape: [2] },
  { name: 'state', shape: [1, 1] },
]
const SOUND = tensor('uint8', [3, 2], Uint8Array.of(1, 2, 3, 4, 1, 2))
const STATE = tensor('float32', [3, 1, 1], Float32Array.of(5, 6, 7))

async function fileOf(arrays: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const path = join(await temporaryFolder(), 'x.npz')
  await writeFile(path, archive(arrays, true))
  return path
}

it('a model of several inputs reads an array for each, by its name, in the order of the inputs', async () => {
  const readings = await readReadings(
    await fileOf({ 'state.npy': formatNpy(STATE), 'sound.npy': formatNpy(SOUND) }),
    INPUTS,
  )
  expect(tensorsOf(batchOf(readings, 1, 9))).toEqual([
    tensor('float32', [2, 2], Float32Array.of(3, 4, 1, 2)),
    tensor('float32', [2, 1, 1], Float32Array.of(6, 7)),
  ])
  // Samples are the same where all of their inputs are.
  expect(rowsAbsentFrom(selectReadings(readings, Int32Array.of(0)), readings)).toEqual(Int32Array.of(1, 2))
})

it.each([
  [{ 'sound.npy': formatNpy(SOUND), 'h.npy': formatNpy(STATE) }, 'it has no array "state", and one "h"'],
  [{ 'sound.npy': formatNpy(SOUND), 'state.npy': formatNpy(SOUND) }, 'state: its samples have shape [2]'],
  [
    { 'sound.npy': formatNpy(SOUND), 'state.npy': formatNpy(tensor('float32', [1, 1, 1])) },
    '"sound" has 3 samples, and "state" 1',
  ],
])('arrays that are not those of the inputs are refused: %#', async (arrays, message) => {
  await expect(readReadings(await fileOf(arrays), INPUTS)).rejects.toThrow(message)
})

it('one array does not do for several inputs', async () => {
  const path = join(await temporaryFolder(), 'x.npy')
  await writeFile(path, formatNpy(SOUND))
  await expect(readReadings(path, INPUTS)).rejects.toThrow(
    'one array, and the model has the inputs sound, state',
  )
})
