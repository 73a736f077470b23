import { elements, quoted } from '@octet/core'
import { CONTRADICTION, refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import type { Reader } from './op.ts'
import { Reduction } from './reduce.ts'

/** A tensor whose axes have letters. */
interface Lettered {
  readonly name: string
  readonly letters: readonly string[]
}

/**
 * A sum of products over axes named by letters. Operands are combined one after the other, each with a matrix product
 * between Transposes and Reshapes.
 */
export const einsum: Reader = (source) => {
  const [terms, output] = equationOf(source)
  const sizes = new Map<string, number>()
  const operands = source.inputs.map((name, i): Lettered => {
    const shape = source.shape(name)
    if (shape.length !== terms[i].length)
      refuse(source, `${quoted(terms[i].join(''))} does not fit rank ${shape.length}`, CONTRADICTION)
    for (const [axis, letter] of terms[i].entries()) {
      if ((sizes.get(letter) ?? shape[axis]) !== shape[axis])
        refuse(source, `its axes ${letter} are of different sizes`, CONTRADICTION)
      sizes.set(letter, shape[axis])
    }
    return { name, letters: terms[i] }
  })
  const joining = new Joining(source, sizes)
  const end = operands.reduce((before, next, i) => {
    const later = new Set([...output, ...operands.slice(i + 1).flatMap(({ letters }) => letters)])
    return joining.product(before, next, later)
  })
  return joining.finish(operands.length === 1 ? joining.summed(end, new Set(output)) : end, output)
}

function equationOf(source: Source): readonly [terms: string[][], output: string[]] {
  const equation = source.attributes.string('equation', '').replaceAll(' ', '')
  const [left, right] = equation.split('->')
  const terms = left.split(',').map((term) => term.split(''))
  const all = terms.flat()
  const counts = (letter: string): number => all.filter((one) => one === letter).length
  const output =
    right === undefined
      ? [...new Set(all)].toSorted().filter((letter) => counts(letter) === 1)
      : right.split('')
  const isPlain = terms.every(
    (term) => new Set(term).size === term.length && term.every((one) => /[A-Za-z]/.test(one)),
  )
  if (!isPlain || terms.length !== source.inputs.length)
    refuse(
      source,
      `its equation ${quoted(equation)} is not computed`,
      'write it without ellipses and diagonals',
    )
  if (new Set(output).size !== output.length || !output.every((letter) => all.includes(letter)))
    refuse(source, `its equation ${quoted(equation)} yields axes that it does not read`, CONTRADICTION)
  return [terms, output]
}

class Joining {
  readonly #source: Source
  readonly #chain: Chain
  readonly #sizes: ReadonlyMap<string, number>

  constructor(source: Source, sizes: ReadonlyMap<string, number>) {
    this.#source = source
    this.#chain = new Chain(source)
    this.#sizes = sizes
  }

  /** The tensor, summed over the letters that nothing else needs. */
  summed(x: Lettered, needed: ReadonlySet<string>): Lettered {
    const gone = x.letters.flatMap((letter, axis) => (needed.has(letter) ? [] : [axis]))
    if (gone.length === 0) return x
    const letters = x.letters.filter((letter) => needed.has(letter))
    // The file's own tensors have shapes, and they are summed before any product.
    const reduction = new Reduction(this.#source, this.#chain, x.name, gone)
    return { name: reduction.squeeze(reduction.sum('sum', x.name)), letters }
  }

  /** The product of two tensors, summed over the letters that neither the output nor a later operand needs. */
  product(left: Lettered, right: Lettered, needed: ReadonlySet<string>): Lettered {
    const isOf = (letters: readonly string[]) => (letter: string) => letters.includes(letter)
    const a = this.#ofFile(left) ? this.summed(left, new Set([...needed, ...right.letters])) : left
    const b = this.summed(right, new Set([...needed, ...left.letters]))
    const both = a.letters.filter(isOf(b.letters))
    const batch = both.filter((letter) => needed.has(letter))
    const inner = both.filter((letter) => !needed.has(letter))
    const rows = a.letters.filter((letter) => !both.includes(letter))
    const columns = b.letters.filter((letter) => !both.includes(letter))
    const matrices = [
      this.#matrices('left', a, batch, rows, inner),
      this.#matrices('right', b, batch, inner, columns),
    ]
    const product = this.#chain.add('product', { op: 'MatMul', inputs: matrices, attributes: null })
    const letters = [...batch, ...rows, ...columns]
    return { name: this.#chain.reshape('product.apart', product, this.#shapeOf(letters)), letters }
  }

  finish({ name, letters }: Lettered, output: readonly string[]): ReturnType<Reader> {
    const perm = output.map((letter) => letters.indexOf(letter))
    if (perm.some((axis, place) => axis !== place)) this.#chain.transpose('ordered', name, perm)
    return this.#chain.nodes.length === 0 ? { same: name } : this.#chain.reading()
  }

  #ofFile({ name }: Lettered): boolean {
    return this.#source.inputs.includes(name)
  }

  /** A tensor with these letters, in any order, as [batch, rows, columns]. */
  #matrices(
    part: string,
    x: Lettered,
    batch: readonly string[],
    ...sides: readonly (readonly string[])[]
  ): string {
    const ordered = [...batch, ...sides.flat()]
    const perm = ordered.map((letter) => x.letters.indexOf(letter))
    const isOrdered = perm.every((axis, place) => axis === place)
    const turned = isOrdered ? x.name : this.#chain.transpose(`${part}.turned`, x.name, perm)
    const sizesOf = (letters: readonly string[]): number => elements(this.#shapeOf(letters))
    return this.#chain.reshape(part, turned, [...this.#shapeOf(batch), ...sides.map(sizesOf)])
  }

  #shapeOf(letters: readonly string[]): number[] {
    return letters.map((letter) => this.#sizes.get(letter)!)
  }
}
