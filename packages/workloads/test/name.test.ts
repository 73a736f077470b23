import { basename, join, normalize } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isName, nameFrom } from '../src/name.ts'

describe('the name of a workload', () => {
  test.each(['mnist-cnn', 'ResNet8 v1.5 (int8)', '7', 'größe', '模型', 'a,b+c', 'console', 'com'])(
    'may be %j',
    (name) => {
      expect(isName(name)).toBe(true)
    },
  )

  test.each([
    '',
    '.',
    '..',
    '../../..',
    '/etc/passwd',
    'a/b',
    String.raw`a\b`,
    'C:',
    'a\u0000b',
    'a\nb',
    'a\rb',
    '\u001B[2Ja',
    'a\u202Eb',
    'a\u200Bb',
    ' a',
    'a ',
    'a.',
    '-rf',
    '.hidden',
    'con',
    'NUL.txt',
    'com1',
    'Lpt9.onnx',
    'a|b',
    'a:b',
    'a*b',
    '"a"',
    '<b>',
    'x'.repeat(61),
    '\uD800',
  ])('may not be %j', (name) => {
    expect(isName(name)).toBe(false)
  })

  test('is one step down from any folder, and short enough for one, in UTF-8 too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 70 }), (text) => {
        if (!isName(text)) return
        expect(basename(normalize(join('/runs', text)))).toBe(text)
        expect(Buffer.byteLength(text)).toBeLessThan(255)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['my_model@v2', 'my_model-v2'],
    ['..', 'model'],
    ['con', 'model-con'],
    ['\u001B[31mred', '31mred'],
    ['', 'model'],
    ['-x', 'x'],
  ])('made from the file %j is %j', (file, name) => {
    expect(nameFrom(file)).toBe(name)
  })

  test('can be made from any file', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (file) => {
        expect(isName(nameFrom(file))).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})
