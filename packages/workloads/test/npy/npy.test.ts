import { OctetError, tensor, type Tensor } from '@octet/core'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatNpy, parseNpy, type NpyDType } from '../../src/index.ts'

const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })
const LIMITS = { uint8: [0, 255], int8: [-128, 127], int32: [-2147483648, 2147483647] } as const

const anyTensor: fc.Arbitrary<Tensor<NpyDType>> = fc
  .tuple(fc.constantFrom('uint8', 'int8', 'int32', 'float32'), shape)
  .chain(([dtype, sizes]) => {
    const length = sizes.reduce((count, size) => count * size, 1)
    const element =
      dtype === 'float32'
        ? fc.float({ noNaN: true, noDefaultInfinity: true })
        : fc.integer({ min: LIMITS[dtype][0], max: LIMITS[dtype][1] })
    return fc.array(element, { minLength: length, maxLength: length }).map((values) => {
      const made = tensor(dtype, sizes)
      values.forEach((value, i) => (made.data[i] = value))
      return made
    })
  })

/** A file by hand: header text as given, then the bytes of the values. */
function file(header: string, values: ArrayBufferView, version = 1): Uint8Array {
  const text = Buffer.from(`${header}\n`, 'latin1')
  const length = Buffer.alloc(version === 1 ? 2 : 4)
  if (version === 1) length.writeUInt16LE(text.length)
  else length.writeUInt32LE(text.length)
  const magic = Buffer.from([0x93, ...Buffer.from('NUMPY'), version, 0])
  return Buffer.concat([
    magic,
    length,
    text,
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  ])
}

function header(descr: string, sizes: string, order = 'False'): string {
  return `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${sizes}), }`
}

describe('an NPY file', () => {
  it('gives back the tensor it was written from', () => {
    fc.assert(
      fc.property(anyTensor, (original) => {
        expect(parseNpy(formatNpy(original), 'x.npy')).toStrictEqual(original)
      }),
    )
  })

  it('is laid out as NumPy lays it out: 64-byte aligned, header closed by a newline', () => {
    const bytes = Buffer.from(formatNpy(tensor('int8', [3], Int8Array.of(1, -2, 3))))
    expect(bytes.toString('latin1', 0, 8)).toBe('\x93NUMPY\x01\x00')
    expect(bytes.readUInt16LE(8)).toBe(118)
    expect(bytes.toString('latin1', 10, 128)).toBe(
      `${"{'descr': '|i1', 'fortran_order': False, 'shape': (3,), }".padEnd(117)}\n`,
    )
    expect([...bytes.subarray(128)]).toStrictEqual([1, 254, 3])
  })

  it.each([
    ['<f8', Float64Array.of(0.1, -2), 'float32', [Math.fround(0.1), -2]],
    ['<i8', BigInt64Array.of(7n, -2147483648n), 'int32', [7, -2147483648]],
    ['<u2', Uint16Array.of(65535, 1), 'int32', [65535, 1]],
    ['<i2', Int16Array.of(-32768, 1), 'int32', [-32768, 1]],
    ['<u4', Uint32Array.of(7, 2147483647), 'int32', [7, 2147483647]],
    ['<u8', BigUint64Array.of(7n, 1n), 'int32', [7, 1]],
    ['<f2', Uint16Array.of(0x3c00, 0x8001), 'float32', [1, -(2 ** -24)]],
    ['|b1', Uint8Array.of(1, 0), 'uint8', [1, 0]],
    ['>f4', Uint8Array.of(0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0), 'float32', [1, -2]],
    ['>i2', Uint8Array.of(1, 0, 255, 254), 'int32', [256, -2]],
    ['=f4', Float32Array.of(0.5, 2), 'float32', [0.5, 2]],
    ['f8', Float64Array.of(0.5, 2), 'float32', [0.5, 2]],
    ['float32', Float32Array.of(0.5, 2), 'float32', [0.5, 2]],
    ['B', Uint8Array.of(3, 4), 'uint8', [3, 4]],
  ])('of dtype %s is read as the dtype that holds its values', (descr, values, dtype, expected) => {
    const read = parseNpy(file(header(descr, '2,'), values), 'x.npy')
    expect(read.dtype).toBe(dtype)
    expect([...read.data]).toStrictEqual(expected)
  })

  it.each([1, 2, 3])('may have format version %i, its keys in any order', (version) => {
    const text = "{'shape': (1, 2), 'fortran_order': False, 'descr': '|u1'}"
    expect(parseNpy(file(text, Uint8Array.of(5, 6), version), 'x.npy')).toStrictEqual(
      tensor('uint8', [1, 2], Uint8Array.of(5, 6)),
    )
  })

  it.each([
    ['long integers of Python 2', "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }"],
    ['double quotes', `{"descr": "<f4", "fortran_order": False, "shape": (2, 3)}`],
    ['unicode strings of Python 2', "{u'descr': u'<f4', u'fortran_order': False, u'shape': (2L, 3L)}"],
    ['other integers', "{'descr': '<f4', 'fortran_order': False, 'shape': (0x2, +3)}"],
    ['brackets, blanks and lines', "  { 'descr' :('<f4'),\n'fortran_order': False , 'shape':((2),3 ,),  }  "],
    ['strings side by side', "{'descr': '<' 'f4', 'fortran_order': False, 'shape': (2, 3)}"],
  ])('may have a header with %s, as NumPy reads it', (_, text) => {
    const values = Float32Array.of(1, 2, 3, 4, 5, 6)
    expect(parseNpy(file(text, values), 'x.npy')).toStrictEqual(tensor('float32', [2, 3], values))
  })

  it('in Fortran order is read as the array that it is', () => {
    fc.assert(
      fc.property(
        anyTensor.filter(({ dtype }) => dtype === 'float32'),
        ({ shape: sizes, data }) => {
          // The transposed array in C order has the same bytes.
          const bytes = file(
            header('<f4', `${sizes.toReversed().join(', ')},`.replace(/^,$/, ''), 'True'),
            data,
          )
          const read = parseNpy(bytes, 'x.npy')
          expect(read.shape).toStrictEqual(sizes.toReversed())
          const strides = sizes.map((_, axis) => sizes.slice(axis + 1).reduce((a, b) => a * b, 1))
          read.data.forEach((value, i) => {
            let rest = i
            const index = read.shape.toReversed().map((size) => {
              const at = rest % size
              rest = (rest - at) / size
              return at
            })
            const place = index.reduce((sum, at, axis) => sum + at * strides[axis], 0)
            expect(Object.is(value, data[place])).toBe(true)
          })
        },
      ),
    )
  })

  it('is read from the middle of a larger buffer', () => {
    const bytes = formatNpy(tensor('float32', [2], Float32Array.of(1, 2)))
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect([...parseNpy(shifted.subarray(3), 'x.npy').data]).toStrictEqual([1, 2])
  })

  it.each([
    ['is something else', Buffer.from('PK\x03\x04'), 'x.npy: not an NPY file'],
    ['is of a later version', file(header('|u1', '0,'), Uint8Array.of(), 4), 'version 4'],
    ['ends in its header', file(header('|u1', '0,'), Uint8Array.of()).subarray(0, 40), 'header is cut short'],
    ['has a damaged header', file("{'descr': '|u1'", Uint8Array.of()), 'header is damaged'],
    [
      'has fields',
      file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", Uint8Array.of()),
      'with fields',
    ],
    ['is complex', file(header('<c8', '1,'), new Uint8Array(8)), 'dtype <c8 is not supported'],
    [
      'gives its shape twice',
      file("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'shape': (2,)}", Uint8Array.of(1)),
      'its header gives "shape" twice',
    ],
    [
      'gives its dtype twice',
      file("{'descr': '|u1', 'fortran_order': False, 'descr': '<f4', 'shape': (1,)}", Uint8Array.of(1)),
      'its header gives "descr" twice',
    ],
    [
      'has a key of its own',
      file("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'x': 1}", Uint8Array.of(1)),
      'its header has a key "x"',
    ],
    ['has a size that is no literal', file(header('|u1', 'np.int64(1),'), Uint8Array.of(1)), '"np.int64(1),'],
    ['has a size below 0', file(header('|u1', '-1,'), Uint8Array.of()), 'no tuple of sizes'],
    ['has a size of letters', file(header('|u1', "'1',"), Uint8Array.of(1)), 'no tuple of sizes'],
    [
      'has a list for a shape',
      file("{'descr': '|u1', 'fortran_order': False, 'shape': [1]}", Uint8Array.of(1)),
      'no tuple',
    ],
    [
      'says neither True nor False',
      file(header('|u1', '1,', '0'), Uint8Array.of(1)),
      'neither True nor False',
    ],
    ['nests without end', file('('.repeat(5000), Uint8Array.of()), 'header is damaged at byte'],
    ['has a header without end', file(' '.repeat(20_000), Uint8Array.of()), 'the most is 10000'],
    ['has dimensions without end', file(header('|u1', '1,'.repeat(100)), Uint8Array.of(1)), 'the most is 64'],
    ['claims sizes beside a 0', file(header('|u1', '0, 99999999999999999999'), Uint8Array.of()), 'too large'],
    ['is cut short', file(header('<f4', '2, 3'), new Uint8Array(20)), 'needs 24 bytes, the file has 20'],
    ['is too long', file(header('|u1', '2,'), new Uint8Array(3)), 'needs 2 bytes, the file has 3'],
    [
      'claims an endless shape',
      file(header('|u1', '9999999999, 9999999999'), new Uint8Array(3)),
      'too large',
    ],
    ['holds a NaN', file(header('<f4', '2, 2'), Float32Array.of(0, 0, 0, NaN)), 'NaN at [1, 1]'],
    [
      'holds an infinity',
      file(header('<f4', '2, 2'), Float32Array.of(0, 0, -Infinity, 0)),
      '-Infinity at [1, 0]',
    ],
    [
      'holds what float32 cannot',
      file(header('<f8', '1,'), Float64Array.of(1e39)),
      '1e+39 does not fit float32 at [0]',
    ],
    [
      'holds what int32 cannot',
      file(header('<i8', '2,'), BigInt64Array.of(0n, 2147483648n)),
      '2147483648 does not fit int32 at [1]',
    ],
  ])('is refused when it %s', (_, bytes, message) => {
    expect(() => parseNpy(bytes, 'x.npy')).toThrow(OctetError)
    expect(() => parseNpy(bytes, 'x.npy')).toThrow(message)
    expect(() => parseNpy(bytes, 'x.npy')).toThrow(
      expect.objectContaining({ mend: expect.any(String) as string }),
    )
  })

  it('that is random or altered is refused with nothing but an OctetError', () => {
    const whole = formatNpy(tensor('float32', [2, 3]))
    const edit = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
    const altered = fc
      .tuple(fc.nat(whole.length), fc.array(edit, { maxLength: 3 }))
      .map(([length, edits]) => {
        const copy = whole.slice()
        for (const [at, byte] of edits) copy[at] = byte
        return copy.subarray(0, length)
      })
    fc.assert(
      fc.property(fc.oneof(altered, fc.uint8Array({ maxLength: 80 })), (bytes) => {
        try {
          expect(parseNpy(bytes, 'x.npy').data.length).toBeLessThanOrEqual(whole.length)
        } catch (error) {
          expect(error).toBeInstanceOf(OctetError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
