import { parseRun, type Run } from '@octet/results'
import { h } from '../dom/element.ts'
import { inOneLine } from './fault.ts'

/** Receives opened files: the runs that could be read, and a line for each other file. */
export interface Opened {
  readonly runs: (runs: readonly Run[]) => void
  readonly faults: (lines: readonly string[]) => void
}

/** Opens files in the given order. The faults come last, so that they show beside the runs that could be read. */
async function open(files: readonly File[], opened: Opened): Promise<void> {
  const runs: Run[] = []
  const faults: string[] = []
  for (const file of files) {
    try {
      runs.push(parseRun(JSON.parse(await file.text())))
    } catch (error) {
      faults.push(inOneLine(file.name, error))
    }
  }
  if (runs.length > 0) opened.runs(runs)
  if (faults.length > 0) opened.faults(faults)
}

/** A control that opens files of runs from disk. */
export function fileInput(opened: Opened): HTMLElement {
  const input = h('input', {
    type: 'file',
    multiple: true,
    accept: '.json,application/json',
    on: {
      change: () => {
        const files = [...(input.files ?? [])]
        input.value = ''
        if (files.length > 0) void open(files, opened)
      },
    },
  })
  return h('label', { class: 'open-file' }, input, h('span', {}, 'Open run.json'))
}

/** Lets the reader drop files of runs anywhere on the page. `html.is-dropping` is set while a file hovers. */
export function acceptDrops(page: Document, opened: Opened): void {
  const root = page.documentElement
  const hover = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    root.classList.add('is-dropping')
  }
  page.addEventListener('dragover', hover)
  page.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) root.classList.remove('is-dropping')
  })
  page.addEventListener('drop', (event) => {
    root.classList.remove('is-dropping')
    const files = [...(event.dataTransfer?.files ?? [])]
    if (files.length === 0) return
    event.preventDefault()
    void open(files, opened)
  })
}
