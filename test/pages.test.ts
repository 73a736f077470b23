import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { main } from '../packages/bench/dist/command/main.js'
import { SILENT } from '../packages/bench/dist/show/reporter.js'
import { UNWATCHED } from '../packages/bench/dist/supervise/witness.js'

const PAGES = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(file))
  .map((file) => ({ file, text: readFileSync(file, 'utf8') }))
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

const withoutFences = (text: string): string => text.replace(/^```[^]*?^```$/gm, '')

/** The anchors of a page's headings, as GitHub and VitePress generate them. */
function anchors(file: string): Set<string> {
  const headings = withoutFences(readFileSync(file, 'utf8')).matchAll(/^#+ (.+)$/gm)
  return new Set(
    Array.from(headings, ([, heading]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  )
}

test('every link of a page leads to a file that exists, and to a heading of it', () => {
  const links = PAGES.flatMap(({ file, text }) =>
    [...withoutFences(text).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => ({ file, target })),
  ).filter(({ target }) => !/^\w+:/.test(target))
  expect(links.length).toBeGreaterThan(50)
  const broken = links.filter(({ file, target }) => {
    const [path, anchor] = target.split('#')
    const to = path === '' ? file : join(dirname(file), path)
    return !existsSync(to) || (anchor !== undefined && statSync(to).isFile() && !anchors(to).has(anchor))
  })
  expect(broken.map(({ file, target }) => `${file}: ${target}`)).toEqual([])
})

test('every page that the source code names exists', () => {
  const named = execFileSync('git', ['grep', '-ohE', 'docs/[a-z-]+\\.md', '--', '*.ts', '*.mjs'], {
    encoding: 'utf8',
  })
  for (const page of new Set(named.trim().split('\n'))) expect(existsSync(page), page).toBe(true)
})

test('the sidebar of the site has every page of docs', () => {
  const config = readFileSync('apps/docs/.vitepress/config.ts', 'utf8')
  const pages = PAGES.flatMap(({ file }) => /^docs\/(.+)\.md$/.exec(file)?.[1] ?? [])
  expect(pages.length).toBeGreaterThan(15)
  expect(pages.filter((page) => !config.includes(`'${page}')`))).toEqual([])
})

test('the examples of numerics-from-first-principles are what its script computes', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['docs/numerics-from-first-principles.mjs', '--check'],
    { encoding: 'utf8' },
  )
  expect(status, stderr).toBe(0)
})

interface Verb {
  /** Flags, and whether each takes a value. */
  readonly flags: ReadonlyMap<string, boolean>
  /** The number of operands that it needs. */
  readonly operands: number
}

/** A command line on a page. `whole` marks a command line for a reader to copy, whose flags have their values. */
interface Shown {
  readonly file: string
  readonly line: string
  readonly whole: boolean
}

function shown({ file, text }: (typeof PAGES)[number]): Shown[] {
  const fenced = [...text.matchAll(/^```(?:sh|bash)\n([^]*?)^```$/gm)].flatMap(([, block]) =>
    block.split('\n'),
  )
  const rest = withoutFences(text)
  const indented = [...rest.matchAll(/^ {4,}(?=\S)(.*)$/gm)].map(([, line]) => line)
  const inline = [...rest.matchAll(/`([^`]+)`/g)].map(([, code]) => code.replace(/\s+/g, ' '))
  const of =
    (whole: boolean) =>
    (line: string): Shown => ({ file, line: line.replace(/\s#\s.*$/, '').trim(), whole })
  return [...[...fenced, ...indented].map(of(true)), ...inline.map(of(false))]
}

/** The words of a command line up to a pipe or a redirection. Quotes join words. */
function words(line: string): string[] {
  const all = Array.from(line.matchAll(/"[^"]*"|\S+/g), ([word]) => word)
  const end = all.findIndex((word) => /^(>|\||&&|\\)$/.test(word))
  return end < 0 ? all : all.slice(0, end)
}

describe('commands that pages show', () => {
  const verbs = new Map<string, Verb>()
  const lines = PAGES.flatMap(shown)

  async function help(...args: string[]): Promise<string> {
    let text = ''
    await main([...args, '--help'], {
      reporter: SILENT,
      witness: UNWATCHED,
      print: (part) => void (text += part),
    })
    return text
  }

  beforeAll(async () => {
    for (const [, name] of (await help()).matchAll(/^ {2}([a-z-]+) \[options\]/gm)) {
      const text = await help(name)
      verbs.set(name, {
        flags: new Map(
          Array.from(text.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)( <)?/gm), ([, flag, value]) => [
            flag,
            value !== undefined,
          ]),
        ),
        operands: [...text.split('\n')[0].matchAll(/<\w/g)].length,
      })
    }
    expect(verbs.size).toBeGreaterThan(10)
  })

  test('of octet have verbs and flags that exist, and the values and operands that they need', () => {
    const faults: string[] = []
    let checked = 0
    for (const { file, line, whole } of lines) {
      const [name, ...rest] = words(
        line.replace(/^((npx -y )?pnpm(@\S+)?|npx @octet\/cli) /, '').replace(/^octet (?=[a-z])/, ''),
      )
      const isOctet = /(^|\s)octet [a-z]/.test(line)
      const verb = verbs.get(name)
      const fault = (text: string): number => faults.push(`${file}: ${line}: ${text}`)
      if (verb === undefined) {
        if (isOctet && /^(npx|pnpm|octet)\s/.test(line)) fault(`there is no verb "${name}"`)
        continue
      }
      checked++
      let operands = 0
      for (let i = 0; i < rest.length; i++) {
        if (!rest[i].startsWith('--')) {
          operands++
          continue
        }
        const [flag, value] = rest[i].split('=')
        const takes = verb.flags.get(flag)
        if (takes === undefined) fault(`${name} has no ${flag}`)
        if (takes !== true || value !== undefined) continue
        i++
        if (whole && (rest[i] === undefined || rest[i].startsWith('--'))) fault(`${flag} has no value`)
      }
      if (whole && operands < verb.operands) fault(`${name} takes ${verb.operands} operands`)
    }
    expect(faults).toEqual([])
    expect(checked).toBeGreaterThan(60)
  })

  test('of pnpm and node name scripts and files that exist', () => {
    const faults: string[] = []
    for (const { file, line } of lines) {
      const script = /^npx -y pnpm@[\d.]+ (?:run |-s )*([a-z][\w:-]*)/.exec(line)?.[1]
      if (script !== undefined && !['install', 'exec'].includes(script) && !(script in scripts))
        faults.push(`${file}: ${line}: package.json has no script "${script}"`)
      const program = /(?:^|\s)node ([\w./-]+\.m?js)\b/.exec(line)?.[1]
      if (program !== undefined && program.includes('/') && !existsSync(program))
        faults.push(`${file}: ${line}: there is no ${program}`)
    }
    expect(faults).toEqual([])
  })
})
