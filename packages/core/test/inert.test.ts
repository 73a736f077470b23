import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inert, inertJson, inertLines, markdownCode, OctetError } from '../src/index.ts'

/** Characters that a terminal, a table or a page would obey. */
const ACTIVE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u
/** Any text, with many characters that are active. */
const hostile = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom(
      '\u001B',
      '\r',
      '\n',
      '\u202E',
      '\u2066',
      '\u009B',
      '\u007F',
      '\uD800',
      '\u2028',
      '`',
      '|',
      '<',
    ),
  ),
})

describe('a text from a file is shown inert', () => {
  test.each([
    ['an escape sequence', '\u001B[2J\u001B]0;title\u0007', String.raw`\u{1b}[2J\u{1b}]0;title\u{7}`],
    ['a carriage return', 'model\rShip it', String.raw`model\rShip it`],
    ['line ends', 'a\nb\u2028c\u0085d', String.raw`a\nb\u{2028}c\u{85}d`],
    ['C1 controls', '\u009B31m', String.raw`\u{9b}31m`],
    ['bidirectional overrides', 'gnp.\u202Etxt\u2069', String.raw`gnp.\u{202e}txt\u{2069}`],
    ['what has no width', 'a\u200Bb\uFEFFc\u{E0041}', String.raw`a\u{200b}b\u{feff}c\u{e0041}`],
    ['half a pair', 'a\uD800b', String.raw`a\u{d800}b`],
    ['letters and signs', 'größe 模型 שלום 🙂 a/b|c', 'größe 模型 שלום 🙂 a/b|c'],
  ])('%s', (_, given, shown) => {
    expect(inert(given)).toBe(shown)
  })

  test('nothing active is left of any text, and what is inert stays', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 10, max: 60 }), (text, most) => {
        const shown = inert(text)
        expect(shown).not.toMatch(ACTIVE)
        expect(inert(shown)).toBe(shown)
        expect(inert(text, most)).not.toMatch(ACTIVE)
        expect(inertLines(text).replaceAll('\n', '')).not.toMatch(ACTIVE)
      }),
    )
  })

  test('one of any length keeps its beginning and its end', () => {
    expect(inert(`begin${'x'.repeat(1e6)}end`, 30)).toBe(
      'beginxxxxxxxxxxxxxxx… (999978 more characters) …xxxxxxxend',
    )
  })

  test('lines stay lines where the text has several', () => {
    expect(inertLines('a\n\u001B[1mb\r')).toBe('a\n\\u{1b}[1mb\\r')
  })
})

test('JSON of any text is inert, and parses to the same', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const json = inertJson({ [text]: text }, 2)
      expect(json.replaceAll('\n', '')).not.toMatch(ACTIVE)
      expect(JSON.parse(json)).toEqual({ [text]: text })
    }),
  )
})

describe('Markdown', () => {
  test.each([
    ['mnist-cnn', '<code>mnist-cnn</code>'],
    ['a|b', '<code>a&#124;b</code>'],
    ['<img src=x onerror=alert(1)>', '<code>&#60;img src&#61;x onerror&#61;alert(1)&#62;</code>'],
    ['[x](javascript:1)', '<code>&#91;x&#93;(javascript&#58;1)</code>'],
    ['`**_@user #1', '<code>&#96;&#42;&#42;&#95;&#64;user &#35;1</code>'],
    ['a\nb', '<code>a&#92;nb</code>'],
    ['www.example.org', '<code>www&#46;example.org</code>'],
  ])('%j', (given, shown) => {
    expect(markdownCode(given)).toBe(shown)
  })

  test('no sign that Markdown or HTML reads is left of any text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const inside = markdownCode(text).slice('<code>'.length, -'</code>'.length)
        expect(inside.replaceAll(/&#\d+;/g, '')).not.toMatch(/[\\`*_{}[\]<>#+!|~@&:$^"'=\n]/)
      }),
    )
  })
})

test('an OctetError is one inert line, however long and hostile the names in it are', () => {
  const error = new OctetError(`node "${'n'.repeat(30_000)}\n\u001B[31m": no`, 'rename\rit')
  expect(error.message).toMatch(/^node "n+… \(\d+ more characters\) …n+\\n\\u\{1b\}\[31m": no$/)
  expect(error.message.length).toBeLessThan(1100)
  expect(error.mend).toBe(String.raw`rename\rit`)
})
