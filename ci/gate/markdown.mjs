/** The line by which a later run finds the comment. */
export const MARK = '<!-- octet-bench -->'

/**
 * A verdict as Markdown, for a job's summary and for the comment on a pull request. Every text of the verdict is code
 * in which no character has a meaning for Markdown, HTML or GitHub.
 * @param {import('./judge.mjs').Verdict} verdict
 * @param {string} view the address of the workflow run with the report of both sides
 */
export function verdictMarkdown(verdict, view) {
  const { base, head, machine, cells, holds, faults, changes, times, notJudged } = verdict
  const slower = times.filter((one) => one.verdict === 'slower').length
  const faster = times.filter((one) => one.verdict === 'faster').length
  return [
    MARK,
    `### ${holds ? 'Octet: nothing that counts got worse' : 'Octet: this change fails'}`,
    '',
    `${inert(head.slice(0, 12))} against ${inert(base.slice(0, 12))}: ${cells} cells compared on ` +
      `${inert(machine)}. [The report of both](${view}) is an artifact of this run.`,
    ...(faults.length === 0 ? [] : ['', ...faults.map((fault) => `- **fails**: ${inert(fault)}`)]),
    ...(changes.length === 0
      ? ['', 'No figure of a cell, no bundle and no public name differs.']
      : [
          '',
          '| | figure | of | before | after |',
          '| --- | --- | --- | --- | --- |',
          ...changes.map(
            ({ what, where, places, before, after, fails }) =>
              `| ${fails ? '**fails**' : 'differs'} | ${inert(what)} | ` +
              `${inert(where)}${places > 1 ? ` and ${places - 1} more` : ''} | ${inert(before)} | ` +
              `${inert(after)} |`,
          ),
        ]),
    '',
    times.length === 0
      ? 'No time was compared.'
      : `Time, base and head in turn on one machine: ${slower} slower, ${faster} faster, ` +
        `${times.length - slower - faster} without a difference. Time alone fails nothing.`,
    ...(times.length === 0
      ? []
      : [
          '',
          '<details><summary>times</summary>',
          '',
          '| program | device | base over head | 95% interval | pairs of processes | |',
          '| --- | --- | --- | --- | --- | --- |',
          ...times.map(
            ({ program, device, ratio, ci95, pairs, verdict: word }) =>
              `| ${inert(program)} | ${inert(device)} | ${ratio.toFixed(3)} | ` +
              `${ci95.map((end) => end.toFixed(3)).join(' to ')} | ${pairs} | ${word} |`,
          ),
          '',
          '</details>',
        ]),
    ...(notJudged.length === 0
      ? []
      : [
          '',
          '<details><summary>not judged</summary>',
          '',
          ...notJudged.map((what) => `- ${inert(what)}`),
          '',
          '</details>',
        ]),
    '',
  ].join('\n')
}

/**
 * Text as code. All characters except letters, digits and a few marks become numeric character references, which only
 * HTML reads.
 */
function inert(/** @type {string} */ text) {
  if (text === '') return ''
  const harmless = text.replaceAll(/[^A-Za-z0-9 ,%+]/gu, (one) =>
    /[\p{C}\p{Z}]/u.test(one) ? ' ' : `&#${one.codePointAt(0)};`,
  )
  return `<code>${harmless}</code>`
}
