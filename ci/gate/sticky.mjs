import { MARK, verdictMarkdown } from './markdown.mjs'

/**
 * @typedef {{
 *   id: number, head_sha: string, html_url: string, event: string,
 *   head_repository: { full_name: string } | null,
 * }} WorkflowRun
 * @typedef {(method: string, path: string, body?: unknown) => Promise<any>} Api
 */

const AUTHOR = 'github-actions[bot]'
const PAGE = 100
const MOST_PAGES = 20

/**
 * Writes a verdict as Octet's only comment on its pull request. The number in the verdict comes from unreviewed code.
 * So the pull request must be open, and the run that made the verdict must be of its newest commit.
 * @param {{ verdict: import('./judge.mjs').Verdict, run: WorkflowRun, repository: string, api: Api }} given
 * @returns {Promise<'written' | 'replaced'>}
 */
export async function comment({ verdict, run, repository, api }) {
  const { pull } = verdict
  const found = await api('GET', `/repos/${repository}/pulls/${pull}`)
  if (found.state !== 'open') throw new Error(`pull request ${pull} is not open`)
  if (found.base.repo.full_name !== repository)
    throw new Error(`pull request ${pull} is of another repository`)
  if (found.head.sha !== run.head_sha || found.head.repo?.full_name !== run.head_repository?.full_name)
    throw new Error(`the run is not of the newest commit of pull request ${pull}`)
  const body = verdictMarkdown(verdict, run.html_url)
  const id = await ownComment(pull, repository, api)
  if (id === undefined) await api('POST', `/repos/${repository}/issues/${pull}/comments`, { body })
  else await api('PATCH', `/repos/${repository}/issues/comments/${id}`, { body })
  return id === undefined ? 'written' : 'replaced'
}

/** A comment by another account is not Octet's, even if it holds the mark. */
async function ownComment(
  /** @type {number} */ pull,
  /** @type {string} */ repository,
  /** @type {Api} */ api,
) {
  for (let page = 1; page <= MOST_PAGES; page++) {
    const comments = await api(
      'GET',
      `/repos/${repository}/issues/${pull}/comments?per_page=${PAGE}&page=${page}`,
    )
    const own = comments.find(
      (/** @type {any} */ one) => one.user?.login === AUTHOR && String(one.body).startsWith(MARK),
    )
    if (own !== undefined) return Number(own.id)
    if (comments.length < PAGE) return undefined
  }
  return undefined
}
