import { beforeAll, describe, expect, test } from 'vitest'
import { inProcess } from './session.ts'

interface Flag {
  readonly verb: string
  readonly name: string
  /** `<npy>`, `[run]`; empty for a flag without a value. */
  readonly value: string
  readonly words: string
}

/** The verbs of octet, by its help. */
async function verbsOf(): Promise<string[]> {
  const { stdout } = await inProcess('--help')
  return [...stdout.matchAll(/^ {2}([a-z-]+) \[options\]/gm)].map(([, verb]) => verb)
}

/** The flags of a verb, by its help. */
async function flagsOf(verb: string): Promise<Flag[]> {
  const { stdout } = await inProcess(verb, '--help')
  const joined = stdout.replace(/\n {5,}(?=\S)/g, ' ')
  return [...joined.matchAll(/^ {2}(--[\w-]+)(?: ([<[][^\s]+[\]>]))? {2,}(.*)$/gm)].map(
    ([, name, value = '', words]) => ({ verb, name, value, words: words.replace(/\s+/g, ' ') }),
  )
}

describe('flags', () => {
  const flags: Flag[] = []
  beforeAll(async () => {
    const verbs = await verbsOf()
    expect(verbs.length).toBeGreaterThan(15)
    for (const verb of verbs) flags.push(...(await flagsOf(verb)))
    expect(flags.length).toBeGreaterThan(150)
  })

  test('that take a value have their default in help', () => {
    const silent = flags.filter(({ value, words }) => value !== '' && !words.includes('(default: '))
    expect(silent.map(({ verb, name, words }) => `${verb} ${name}: ${words}`)).toEqual([
      'quantize --out: the file that is written; it must be given',
    ])
  })

  test('that take one of some values list them in help', async () => {
    let listed = 0
    for (const { verb, name, value, words } of flags) {
      if (value === '') continue
      // The second flag keeps the verb from running where the first takes any value.
      const { code, stderr } = await inProcess(verb, `${name}=?!`, '--no-such-flag')
      expect(code, `${verb} ${name}`).toBe(2)
      const [, known] = /the known values are (.*)\n$/.exec(stderr) ?? []
      if (known === undefined) continue
      listed++
      // Some lists end in words on how values go together.
      const values = known.split(', ').filter((one) => !one.includes(' '))
      for (const one of values) expect(words, `${verb} ${name}`).toContain(one)
    }
    expect(listed).toBeGreaterThan(20)
  })

  test('of every verb include --quiet and --json', () => {
    for (const flag of ['--quiet', '--json'])
      expect(new Set(flags.filter(({ name }) => name === flag).map(({ verb }) => verb))).toEqual(
        new Set(flags.map(({ verb }) => verb)),
      )
  })

  test('have one meaning: --tune gives seconds wherever it is', () => {
    const tune = flags.filter(({ name }) => name === '--tune')
    expect(tune.map(({ verb }) => verb)).toEqual(['bench', 'kernels', 'models'])
    const meanings = tune.map(({ value, words }) =>
      [value, words.replace(/ for .*?;/, ';').replace(/ \(default.*/, '')].join(' '),
    )
    expect(new Set(meanings).size).toBe(1)
    expect(tune.map(({ words }) => /\(default: (.*)\)$/.exec(words)?.[1])).toEqual([
      '10, and 0 with --quick',
      '0',
      '30',
    ])
  })
})
