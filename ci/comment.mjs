// Writes the comment on a pull request: node ci/comment.mjs VERDICT. It runs in a separate workflow, which has the
// right to write comments and runs no code of the pull request. It imports nothing that is installed or built.
import { readFileSync } from 'node:fs'
import { comment } from './gate/sticky.mjs'
import { readVerdict } from './gate/verdict.mjs'

const { GITHUB_API_URL, GITHUB_EVENT_PATH, GITHUB_REPOSITORY, GITHUB_TOKEN } = process.env
if (!GITHUB_API_URL || !GITHUB_EVENT_PATH || !GITHUB_REPOSITORY || !GITHUB_TOKEN)
  throw new Error('GITHUB_API_URL, GITHUB_EVENT_PATH, GITHUB_REPOSITORY and GITHUB_TOKEN must be set')
const run = JSON.parse(readFileSync(GITHUB_EVENT_PATH, 'utf8')).workflow_run
const verdict = readVerdict(process.argv[2])
const done = await comment({ verdict, run, repository: GITHUB_REPOSITORY, api })
console.log(`the comment on pull request ${verdict.pull} is ${done}`)

/** @type {import('./gate/sticky.mjs').Api} */
async function api(method, path, body) {
  const answer = await fetch(`${GITHUB_API_URL}${path}`, {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${GITHUB_TOKEN}`,
      'x-github-api-version': '2022-11-28',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: GitHub answers ${answer.status}`)
  return answer.json()
}
