import { mkdtempSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { MARK, verdictMarkdown } from '../ci/gate/markdown.mjs'
import { checkVerdict, readVerdict } from '../ci/gate/verdict.mjs'
import type { Verdict } from '../ci/gate/judge.mjs'

const VERDICT: Verdict = {
  version: 1,
  pull: 7,
  base: 'a'.repeat(40),
  head: 'b'.repeat(40),
  machine: 'a CPU, node 22',
  cells: 3,
  holds: false,
  faults: ['a fault'],
  changes: [
    { what: 'accuracy', where: 'digits/int8', places: 2, before: '0.98', after: '0.97', fails: true },
  ],
  times: [{ program: 'p', device: 'wasm/cpu', ratio: 1, ci95: [0.9, 1.1], pairs: 9, verdict: 'same' }],
  notJudged: ['something'],
}

/** Every form of a verdict that is refused: the fault, and the change that spoils a correct verdict. */
const SPOILT: Readonly<Record<string, unknown>> = {
  'a field more': { ...VERDICT, run: 1 },
  'a field less': { ...VERDICT, holds: undefined },
  'a number that is text': { ...VERDICT, pull: '7' },
  'a path as the number': { ...VERDICT, pull: '7/../8' },
  'a number below 0': { ...VERDICT, pull: -7 },
  'a commit that is none': { ...VERDICT, head: 'main' },
  'a text that is long': { ...VERDICT, machine: 'x'.repeat(301) },
  'a list that is long': { ...VERDICT, faults: Array.from({ length: 41 }, () => 'x') },
  'a ratio of null': { ...VERDICT, times: [{ ...VERDICT.times[0], ratio: null }] },
  'a word that is unknown': { ...VERDICT, times: [{ ...VERDICT.times[0], verdict: '<img>' }] },
  'an interval of one end': { ...VERDICT, times: [{ ...VERDICT.times[0], ci95: [1] }] },
  'a list in place of a record': [],
  nothing: null,
}

test.each(Object.entries(SPOILT))('a verdict with %s is refused', (_, json) => {
  expect(() => checkVerdict(JSON.parse(JSON.stringify(json)))).toThrow(/^verdict/)
})

test('a link and a file that is too large are refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'octet-verdict-'))
  const [file, link] = ['verdict.json', 'link.json'].map((name) => join(folder, name))
  writeFileSync(file, JSON.stringify(VERDICT))
  symlinkSync(file, link)
  expect(readVerdict(file)).toEqual(VERDICT)
  expect(() => readVerdict(link)).toThrow('no plain file')
  truncateSync(file, 200_001)
  expect(() => readVerdict(file)).toThrow('200001 bytes')
})

test('no text of a verdict is markup, a mention, a link or a second mark', () => {
  const hostile = `</code>|<img src=x onerror=1>@octocat #1 [a](https://x.y) \`c\`\n\n# ${MARK} \u202Ewww.x.y`
  const words = verdictMarkdown(
    {
      ...VERDICT,
      machine: hostile,
      faults: [hostile],
      changes: [{ ...VERDICT.changes[0], what: hostile, where: hostile, before: hostile, after: hostile }],
      times: [{ ...VERDICT.times[0], program: hostile, device: hostile }],
      notJudged: [hostile],
    },
    'https://github.com/o/r/actions/runs/1',
  )
  const [mark, ...rest] = words.split(MARK)
  expect([mark, rest.length]).toEqual(['', 1])
  expect(words).not.toMatch(/<img|@octocat|#1 |\[a\]|https:\/\/x|`|\u202E|www\./)
  expect(words.match(/<code>/g)!.length).toBe(words.match(/<\/code>/g)!.length)
  for (const line of words.split('\n').filter((one) => one.startsWith('| **fails**')))
    expect(line.match(/\|/g)).toHaveLength(6)
})

interface Comment {
  readonly id: number
  readonly user: { readonly login: string }
  body: string
}

let server: Server | undefined
afterEach(() => server?.close())

/** The part of GitHub that the script uses. */
async function github(pull: object, comments: Comment[]): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = []
  server = createServer((request, answer) => {
    let sent = ''
    request.on('data', (part: Buffer) => (sent += part.toString()))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      asked.push(`${method} ${url}`)
      const body = sent === '' ? '' : (JSON.parse(sent) as { body: string }).body
      const reply = (status: number, json: unknown): void => {
        answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
      }
      if (headers.authorization !== 'Bearer secret') return reply(401, {})
      if (url === '/repos/o/r/pulls/7') return reply(200, pull)
      const [path, query] = url.split('?')
      if (method === 'GET' && path === '/repos/o/r/issues/7/comments') {
        const page = Number(new URLSearchParams(query).get('page'))
        return reply(200, comments.slice(100 * (page - 1), 100 * page))
      }
      if (method === 'POST' && url === '/repos/o/r/issues/7/comments') {
        comments.push({ id: 1000 + comments.length, user: { login: 'github-actions[bot]' }, body })
        return reply(201, {})
      }
      const own = comments.find(({ id }) => method === 'PATCH' && url === `/repos/o/r/issues/comments/${id}`)
      if (own === undefined) return reply(404, {})
      own.body = body
      return reply(200, {})
    })
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const PULL = {
  state: 'open',
  base: { repo: { full_name: 'o/r' } },
  head: { sha: 'c'.repeat(40), repo: { full_name: 'fork/r' } },
}
const RUN = {
  id: 1,
  event: 'pull_request',
  head_sha: 'c'.repeat(40),
  html_url: 'https://github.com/o/r/actions/runs/1',
  head_repository: { full_name: 'fork/r' },
}

async function play(address: string, verdict: unknown): Promise<{ code: number | null; said: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'octet-comment-'))
  const [file, event] = ['verdict.json', 'event.json'].map((name) => join(folder, name))
  writeFileSync(file, JSON.stringify(verdict))
  writeFileSync(event, JSON.stringify({ workflow_run: RUN }))
  const env = {
    PATH: process.env['PATH'],
    GITHUB_API_URL: address,
    GITHUB_EVENT_PATH: event,
    GITHUB_REPOSITORY: 'o/r',
    GITHUB_TOKEN: 'secret',
  }
  const child = spawn(process.execPath, ['ci/comment.mjs', file], { env })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => (said += part.toString()))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })))
}

test('a pull request has one comment, which each run replaces, and the comments of others stay', async () => {
  const foreign = Array.from({ length: 130 }, (_, id) => ({ id, user: { login: 'someone' }, body: MARK }))
  const comments: Comment[] = [...foreign]
  const { address } = await github(PULL, comments)
  expect(await play(address, VERDICT)).toMatchObject({ code: 0 })
  expect(comments).toHaveLength(131)
  expect(comments.at(-1)!.body).toContain('this change fails')
  expect(await play(address, { ...VERDICT, holds: true })).toMatchObject({ code: 0 })
  expect(comments).toHaveLength(131)
  expect(comments.at(-1)!.body).toContain('nothing that counts got worse')
  expect(foreign.every(({ body }) => body === MARK)).toBe(true)
})

test.each([
  ['is closed', { ...PULL, state: 'closed' }],
  ['is of another commit', { ...PULL, head: { ...PULL.head, sha: 'd'.repeat(40) } }],
  ['is of another fork', { ...PULL, head: { ...PULL.head, repo: { full_name: 'victim/r' } } }],
])('no comment is written on a pull request that %s', async (_, pull) => {
  const { address, asked } = await github(pull, [])
  const { code, said } = await play(address, VERDICT)
  expect([code, /pull request 7/.test(said)]).toEqual([1, true])
  expect(asked).toEqual(['GET /repos/o/r/pulls/7'])
})
