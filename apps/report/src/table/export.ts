import { h } from '../dom/element.ts'

/** A table as the texts of its cells, beginning with the heads. */
export type Texts = readonly (readonly string[])[]

/** Comma-separated values according to RFC 4180: a field with a comma, a quote or a line end is quoted. */
export function csv(texts: Texts): string {
  const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  return texts.map((row) => `${row.map(field).join(',')}\r\n`).join('')
}

/** A table in GitHub's Markdown. */
export function markdown([heads, ...rows]: Texts): string {
  const line = (row: readonly string[]): string =>
    `| ${row.map((text) => text.replaceAll('|', String.raw`\|`).replaceAll(/\s+/g, ' ')).join(' | ')} |\n`
  return line(heads) + line(heads.map(() => '---')) + rows.map(line).join('')
}

/** Buttons that copy a table as CSV or Markdown, and a button that saves it as a file of this name. */
export function exportable(name: string, table: { readonly texts: () => Texts }): HTMLElement {
  const said = h('span', { role: 'status' })
  const button = (words: string, click: () => void): HTMLElement =>
    h('button', { type: 'button', on: { click } }, words)
  const copy = (words: string, text: () => string) => (): void => {
    copied(text()).then(
      () => said.replaceChildren(`Copied as ${words}.`),
      () => said.replaceChildren('The browser does not let this page copy: download the file instead.'),
    )
  }
  return h(
    'p',
    { class: 'export' },
    button(
      'Copy CSV',
      copy('CSV', () => csv(table.texts())),
    ),
    button(
      'Copy Markdown',
      copy('Markdown', () => markdown(table.texts())),
    ),
    button('Download CSV', () => save(`${name}.csv`, csv(table.texts()))),
    said,
  )
}

/** The clipboard may be missing, or may refuse a page that was opened from disk. */
async function copied(text: string): Promise<void> {
  await navigator.clipboard.writeText(text)
}

function save(file: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
  h('a', { href: url, download: file }).click()
  URL.revokeObjectURL(url)
}
