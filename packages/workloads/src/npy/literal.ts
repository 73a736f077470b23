/** A Python literal, as in NPY headers. Dictionaries keep repeated keys, so that a reader can detect them. */
export type Literal =
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [Literal, Literal])[] }
  | { readonly kind: 'tuple' | 'list'; readonly items: readonly Literal[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }

const DEEPEST = 16
const SPACE = /(?:\s|#[^\n]*)*/y
const STRING = /[uU]?(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")/y
/** Python 2 ends a long integer with L. */
const INT = /[+-]?(?:0[xX][\dA-Fa-f]+|0[oO][0-7]+|0[bB][01]+|[1-9][\d_]*|0+)[lL]?(?![\w.])/y
const BOOL = /(?:True|False)(?!\w)/y

/** The position at which a text is not a literal. */
export class LiteralFault {
  readonly at: number
  constructor(at: number) {
    this.at = at
  }
}

/**
 * Reads a Python literal like `ast.literal_eval`: dictionaries, tuples, lists, strings, integers and booleans; also
 * Python 2's long integers, which NumPy reads too.
 */
export function parseLiteral(text: string): Literal | LiteralFault {
  const reader = new Reader(text)
  try {
    const literal = reader.value(0)
    reader.expectEnd()
    return literal
  } catch (error) {
    if (error instanceof LiteralFault) return error
    throw error
  }
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): Literal {
    this.#match(SPACE)
    if (depth > DEEPEST) this.#fail()
    if (this.#take('{')) return { kind: 'dict', entries: this.#entries(depth) }
    if (this.#take('[')) return { kind: 'list', items: this.#items(']', depth).items }
    if (this.#take('(')) {
      const { items, comma } = this.#items(')', depth)
      return items.length === 1 && !comma ? items[0] : { kind: 'tuple', items }
    }
    const bool = this.#match(BOOL)
    if (bool) return { kind: 'bool', value: bool[0] === 'True' }
    const int = this.#match(INT)
    if (int) return { kind: 'int', value: integerOf(int[0]) }
    return { kind: 'string', value: this.#strings() }
  }

  expectEnd(): void {
    this.#match(SPACE)
    if (this.#at < this.#text.length) this.#fail()
  }

  #entries(depth: number): [Literal, Literal][] {
    const entries: [Literal, Literal][] = []
    while (!this.#take('}')) {
      const key = this.value(depth + 1)
      if (!this.#take(':')) this.#fail()
      entries.push([key, this.value(depth + 1)])
      if (this.#take(',')) continue
      if (!this.#take('}')) this.#fail()
      break
    }
    return entries
  }

  #items(end: string, depth: number): { items: Literal[]; comma: boolean } {
    const items: Literal[] = []
    let comma = false
    while (!this.#take(end)) {
      if (items.length > 0 && !comma) this.#fail()
      items.push(this.value(depth + 1))
      comma = this.#take(',')
    }
    return { items, comma }
  }

  /** One string, or several adjacent strings. */
  #strings(): string {
    let found = this.#match(STRING)
    if (!found) return this.#fail()
    let value = ''
    for (; found; found = this.#match(STRING)) {
      value += (found[1] ?? found[2]).replace(/\\(['"\\])/g, '$1')
      this.#match(SPACE)
    }
    return value
  }

  #take(sign: string): boolean {
    this.#match(SPACE)
    if (!this.#text.startsWith(sign, this.#at)) return false
    this.#at += sign.length
    return true
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found) this.#at = pattern.lastIndex
    return found
  }

  #fail(): never {
    throw new LiteralFault(this.#at)
  }
}

function integerOf(text: string): number {
  const digits = text.replace(/[lL]$/, '').replaceAll('_', '')
  return digits.startsWith('-') ? -Number(digits.slice(1)) : Number(digits.replace(/^\+/, ''))
}
