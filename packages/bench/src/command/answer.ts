import { writeWhole } from '../store/run-folder.ts'

/** Gives a verb's answer: as text on stdout, and as JSON where `--json` says; `-` puts JSON on stdout in place of the text. */
export function answer(json: string | undefined, value: unknown, text: string): void {
  if (json !== '-') process.stdout.write(`${text}\n`)
  if (json === undefined) return
  const written = `${JSON.stringify(value, null, 2)}\n`
  if (json === '-') process.stdout.write(written)
  else writeWhole(json, written)
}
