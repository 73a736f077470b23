import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Peer } from '../src/browser/peer.ts'
import { decode, encode } from '../src/browser/wire.ts'

const ARRAY = fc.oneof(
  fc.int8Array(),
  fc.uint8Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.float32Array(),
  fc.float64Array(),
)
const VALUE = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.double(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    ARRAY,
    fc.array(tie('value')),
    fc.dictionary(
      fc.string().filter((key) => key !== '$' && key !== '__proto__'),
      tie('value'),
      { noNullPrototype: true },
    ),
    fc.array(fc.tuple(fc.integer(), tie('value'))).map((entries) => new Map(entries)),
  ),
})).value

test('a message comes through as it was: all numbers, typed arrays and maps', () => {
  fc.assert(
    fc.property(VALUE, (value) => {
      expect(decode(encode(value).buffer)).toEqual(value)
    }),
  )
})

test('the bits of floats come through, of a view into other memory too', () => {
  const bits = Uint32Array.of(0x7fc00001, 0x80000000, 1, 0xff800000)
  const view = new Float32Array(bits.buffer, 4, 2)
  const { view: through } = decode(encode({ view }).buffer) as { view: Float32Array }
  expect([...new Uint32Array(through.buffer)]).toEqual([0x80000000, 1])
  expect(Object.is(decode(encode(-0).buffer), -0)).toBe(true)
})

type Side = { half(x: number): Promise<number>; twice(x: number): Promise<number> }

/** Two sides that call each other. */
function pair(): { here: Peer<Side>; there: Peer<Side> } {
  const here: Peer<Side> = new Peer<Side>((bytes) => void there.receive(bytes.buffer), {
    half: async (x: number) => x / 2,
  })
  const there: Peer<Side> = new Peer<Side>((bytes) => void here.receive(bytes.buffer), {
    twice: async (x: number) => {
      if (x < 0) throw Object.assign(new Error('negative'), { key: 'k' })
      return 4 * (await there.call('half', x))
    },
  })
  return { here, there }
}

test('both sides of a channel call each other, and a fault says what it is about', async () => {
  const { here } = pair()
  expect(await here.call('twice', 3)).toBe(6)
  await expect(here.call('twice', -1)).rejects.toMatchObject({ message: 'negative', about: 'k' })
})

test('what waits for an answer as the channel ends hears why, and so does what comes later', async () => {
  const silent = new Peer<Side>(() => {}, {})
  const waiting = silent.call('twice', 1)
  silent.end('the page is gone')
  await expect(waiting).rejects.toThrow('the page is gone')
  await expect(silent.call('twice', 1)).rejects.toThrow('the page is gone')
})
