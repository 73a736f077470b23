import { OctetError, tensor, type Tensor } from '@octet/core'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatNpy } from '../../src/index.ts'
import { isNpz, parseNpz } from '../../src/npy/npz.ts'
import { archive } from './archive.ts'

const A = tensor('float32', [2, 2], Float32Array.of(1, 2, 3, 4))
const B = tensor('uint8', [2], Uint8Array.of(5, 6))
const FILES = { 'a.npy': formatNpy(A), 'b.npy': formatNpy(B) }

describe('an NPZ file', () => {
  it.each([false, true])('has its arrays by name, deflated: %s', (deflated) => {
    const bytes = archive(FILES, deflated)
    expect(isNpz(bytes)).toBe(true)
    expect(parseNpz(bytes, 'x.npz')).toStrictEqual(
      new Map<string, Tensor>([
        ['a', A],
        ['b', B],
      ]),
    )
  })

  it.each([
    ['is cut short', archive(FILES, false).subarray(0, 200), 'not an NPZ file, or cut short'],
    ['unpacks to less than it says', archive(FILES, true, (size) => size + 1), 'the archive is damaged'],
    ['unpacks to more than it says', archive(FILES, true, (size) => size - 1), 'the archive is damaged'],
    [
      'says that it unpacks without end',
      archive(FILES, true, () => 2 ** 31),
      'it unpacks to 4294967296 bytes',
    ],
    ['holds something else', archive({ 'a.npy': Buffer.from('text') }, false), 'x.npz: a: not an NPY file'],
    ['holds a name twice', archive({ 'a.npy': formatNpy(A), a: formatNpy(A) }, false), 'it holds "a" twice'],
  ])('that %s is refused', (_, bytes, message) => {
    expect(() => parseNpz(bytes, 'x.npz')).toThrow(message)
  })

  it('that is random or altered is refused with nothing but an OctetError', () => {
    const whole = archive(FILES, true)
    const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 })
    fc.assert(
      fc.property(edits, fc.nat(whole.length), (changes, length) => {
        const copy = Buffer.from(whole)
        for (const [at, byte] of changes) copy[at] = byte
        try {
          parseNpz(copy.subarray(0, changes.length > 2 ? copy.length : length), 'x.npz')
        } catch (error) {
          expect(error).toBeInstanceOf(OctetError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
