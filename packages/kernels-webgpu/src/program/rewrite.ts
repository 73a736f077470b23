/** WGSL with `from` renamed to `to`, where it is a name and no member. */
export function renamed(text: string, from: string, to: string): string {
  return text.replaceAll(new RegExp(`(?<![\\w.])${from}(?!\\w)`, 'g'), to)
}

/** Names of the functions and structs that WGSL declares. */
export function declaredIn(text: string): readonly string[] {
  return [...text.matchAll(/^\s*(?:fn|struct)\s+(\w+)/gm)].map(([, name]) => name)
}

/** WGSL that calls `to(index)` where it read `array[index]`. */
export function readThrough(text: string, array: string, to: string): string {
  return replaced(text, array, (index, rest) => ({ made: `${to}(${readThrough(index, array, to)})`, rest }))
}

/** WGSL that calls `to(index, value)` where it stored `array[index] = value;`. */
export function writtenThrough(text: string, array: string, to: string): string {
  return replaced(text, array, (index, rest) => {
    const store = /^\s*=(?!=)/.exec(rest)
    if (store === null) throw new Error(`${array}[${index}] is read, not stored`)
    const end = endOf(rest, store[0].length, ';')
    return {
      made: `${to}(${index}, ${rest.slice(store[0].length, end).trim()})`,
      rest: rest.slice(end),
    }
  })
}

/** Replaces each `array[index]`, with what follows it. */
function replaced(
  text: string,
  array: string,
  replace: (index: string, rest: string) => { readonly made: string; readonly rest: string },
): string {
  let done = ''
  let left = text
  for (;;) {
    const found = new RegExp(`(?<![\\w.])${array}\\[`).exec(left)
    if (found === null) return done + left
    const begin = found.index + found[0].length
    const end = endOf(left, begin, ']')
    const { made, rest } = replace(left.slice(begin, end), left.slice(end + 1))
    done += left.slice(0, found.index) + made
    left = rest
  }
}

/** Where `mark` stands first from `from` on, outside of brackets that open behind it. */
function endOf(text: string, from: number, mark: ']' | ';'): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const one = text[at]
    if (one === mark && depth === 0) return at
    if (one === '(' || one === '[') depth++
    else if (one === ')' || one === ']') depth--
  }
  throw new Error(`no "${mark}" ends ${text.slice(from, from + 40)}`)
}
