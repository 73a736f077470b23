import { OctetError } from '@octet/core'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { exportOnnx, importOnnx, readMetadata, withMetadata } from '../src/index.ts'
import { GRAPHS } from './graphs.ts'

const [GRAPH] = GRAPHS
const MODEL = exportOnnx(GRAPH)

test('metadata_props that are written are read again, in their order, and change nothing of the graph', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.string({ unit: 'grapheme' }))), (entries) => {
      const model = withMetadata(MODEL, entries)
      expect(readMetadata(model)).toEqual(entries)
      expect(importOnnx(model)).toStrictEqual(GRAPH)
    }),
  )
})

test('a model without them has none', () => {
  expect(readMetadata(MODEL)).toEqual([])
})

test('they are laid out as onnx.proto has it: field 14 of ModelProto, key 1, value 2', () => {
  const added = withMetadata(MODEL, [['k', 'vw']]).subarray(MODEL.length)
  expect([...added]).toEqual([0x72, 7, 0x0a, 1, 0x6b, 0x12, 2, 0x76, 0x77])
})

test('random or altered bytes are refused with nothing but an OctetError', () => {
  const whole = withMetadata(MODEL, [['octet.normalize', '{}']])
  const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 })
  fc.assert(
    fc.property(fc.nat(whole.length), edits, fc.uint8Array({ maxLength: 40 }), (length, changes, junk) => {
      const altered = whole.slice()
      for (const [at, byte] of changes) altered[at] = byte
      for (const bytes of [altered.subarray(0, length), junk])
        try {
          readMetadata(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(OctetError)
        }
    }),
    { numRuns: 1000 },
  )
})
