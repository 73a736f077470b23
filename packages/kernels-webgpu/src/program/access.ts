/** WGSL for arrays of one type that lie in arrays of another. */

/** Words of 32 bits that a value takes. */
const WORDS: Readonly<Record<string, number>> = {
  u32: 1,
  i32: 1,
  f32: 1,
  'vec2<u32>': 2,
  'vec4<f16>': 2,
  'vec4<u32>': 4,
  'vec4<i32>': 4,
  'vec4<f32>': 4,
}

/** Whether values of a type can lie in an array of words. */
export function isInWords(type: string): boolean {
  return Object.hasOwn(WORDS, type)
}

/** `value` of one type as another one of the same size. */
export function asType(value: string, type: string, wanted: string): string {
  return type === wanted ? value : `bitcast<${wanted}>(${value})`
}

/** Whether values of two types take as many words. */
export function isAsLarge(a: string, b: string): boolean {
  return isInWords(a) && WORDS[a] === WORDS[b]
}

const PLAIN: ReadonlySet<string> = new Set(['u32', 'vec2<u32>', 'vec4<u32>'])

/** A value of `type` from its words, which are given as u32 or a vector of u32. */
function from(type: string, words: string): string {
  return PLAIN.has(type) ? words : `bitcast<${type}>(${words})`
}

/** Function `name(index)`: the value of that index in `array`, which holds `held`. */
export function reader(name: string, type: string, array: string, held: string): string {
  const head = `fn ${name}(index: u32) -> ${type} {`
  if (type === held) return `${head} return ${array}[index]; }`
  const count = WORDS[type]
  if (count === 1) return `${head} return ${from(type, `${array}[index]`)}; }`
  const words = Array.from({ length: count }, (_, i) => `${array}[index * ${count}u + ${i}u]`)
  return `${head} return ${from(type, `vec${count}<u32>(${words.join(', ')})`)}; }`
}

/** Function `name(index, value)`: stores the value at that index of `array`, which holds `held`. */
export function writer(name: string, type: string, array: string, held: string): string {
  const head = `fn ${name}(index: u32, value: ${type}) {`
  if (type === held) return `${head} ${array}[index] = value; }`
  const count = WORDS[type]
  const words = count === 1 ? 'u32' : `vec${count}<u32>`
  const bits = type === words ? 'value' : `bitcast<${words}>(value)`
  if (count === 1) return `${head} ${array}[index] = ${bits}; }`
  const stores = Array.from({ length: count }, (_, i) => `${array}[index * ${count}u + ${i}u] = words[${i}];`)
  return `${head}\n  let words = ${bits};\n  ${stores.join('\n  ')}\n}`
}

/** The structs that WGSL declares: their members' types by name. */
export function structsIn(text: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    [...text.matchAll(/struct\s+(\w+)\s*\{([^}]*)\}/g)].map(([, name, members]) => [
      name,
      members.split(',').map((member) => member.split(':')[1]?.trim() ?? ''),
    ]),
  )
}

/**
 * Function `name(index)`: the value of that index in a table that begins `first` vectors of four words into
 * `constants`. `members` are those of a struct.
 */
export function tableReader(
  name: string,
  type: string,
  first: number,
  members: readonly string[] | undefined,
): string {
  const head = `fn ${name}(index: u32) -> ${type} {`
  const at = (offset: string) => `constants[${first}u + ${offset}]`
  if (members !== undefined) {
    const each = members.map((member, i) => from(member, at(`index * ${members.length}u + ${i}u`)))
    return `${head} return ${type}(${each.join(', ')}); }`
  }
  if (WORDS[type] === 4) return `${head} return ${from(type, at('index'))}; }`
  if (WORDS[type] === 2)
    return `${head}
  let two = ${at('index / 2u')};
  return ${from(type, 'select(two.xy, two.zw, (index & 1u) == 1u)')};
}`
  return `${head} return ${from(type, `${at('index / 4u')}[index % 4u]`)}; }`
}
