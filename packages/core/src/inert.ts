/**
 * Characters that must not reach a terminal, a table or a page unchanged: control characters (escape sequences,
 * carriage returns, line ends), format characters (bidirectional overrides, zero widths, tags), other line ends, halves
 * of surrogate pairs.
 */
const ACTIVE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
/** The same characters without the line feed. */
const ACTIVE_WITHIN_LINES = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', String.raw`\n`],
  ['\r', String.raw`\r`],
  ['\t', String.raw`\t`],
])

/**
 * A text from a file, a package or a driver, made safe on one line. Each active character is escaped (`\n`, `\u{1b}`,
 * `\u{202e}`). Past `most` UTF-16 units, the middle is replaced by a count. Inert characters do not change.
 */
export function inert(text: string, most: number = Infinity): string {
  const quoted = text.replace(ACTIVE, written)
  return quoted.length <= most ? quoted : shortened(quoted, most).replace(ACTIVE, written)
}

/** The same for a text of several lines, which keeps its line feeds. */
export function inertLines(text: string): string {
  return text.replace(ACTIVE_WITHIN_LINES, written)
}

/** A value as JSON with inert text. It parses to the same value. */
export function inertJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(ACTIVE_WITHIN_LINES, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

/**
 * A text as code in Markdown (GitHub's, inside and outside of tables). It cannot become emphasis, a link, a mention, a
 * cell border or HTML: every sign that Markdown or HTML could read is a character reference.
 */
export function markdownCode(text: string): string {
  const quoted = inert(text).replace(
    /[^\p{L}\p{M}\p{N}\p{S}\p{Zs},/%().-]|[$+<=>^`|~]|(?<=www)\./giu,
    (sign) => `&#${sign.codePointAt(0)};`,
  )
  return `<code>${quoted}</code>`
}

function written(character: string): string {
  return SHORT.get(character) ?? `\\u{${character.codePointAt(0)!.toString(16)}}`
}

function shortened(text: string, most: number): string {
  const [head, tail] = [Math.ceil((2 * most) / 3), Math.floor(most / 3)]
  return `${text.slice(0, head)}… (${text.length - head - tail} more characters) …${text.slice(text.length - tail)}`
}
