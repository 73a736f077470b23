import { parseRun, type Run } from '@octet/results'
import { h } from '../dom/element.ts'
import { inOneLine } from './fault.ts'

/** Where opened files end up: as a run, or as a line that says why not. */
export interface Opened {
  readonly run: (run: Run) => void
  readonly fault: (line: string) => void
}

async function open(file: File, { run, fault }: Opened): Promise<void> {
  let parsed: Run
  try {
    parsed = parseRun(JSON.parse(await file.text()))
  } catch (error) {
    fault(inOneLine(file.name, error))
    return
  }
  run(parsed)
}

/** A control that opens a run.json from disk. */
export function fileInput(opened: Opened): HTMLElement {
  const input = h('input', {
    type: 'file',
    accept: '.json,application/json',
    on: {
      change: () => {
        const file = input.files?.[0]
        input.value = ''
        if (file !== undefined) void open(file, opened)
      },
    },
  })
  return h('label', { class: 'open-file' }, input, h('span', {}, 'Open run.json'))
}

/** Lets a run.json be dropped anywhere on the page; `html.is-dropping` is set while one hovers. */
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
    const file = event.dataTransfer?.files[0]
    if (file === undefined) return
    event.preventDefault()
    void open(file, opened)
  })
}
