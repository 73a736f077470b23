/** The stored type, by the suffix of a kernel's name. */
const TYPES = { Float: 'f32', Half: 'u16', Int8: 'i8', Bytes: 'u8', Halves: 'u16', Words: 'u32' }

const GENERIC = /^@kernels\((.*)\)(\n(?:@inline\n)?function (\w+)<T(?:, F)?>\(([^)]*)\))/gm

/**
 * A source of ops/ with its kernels appended. `@kernels(Float, Half)` before `function clip<T>` exports clipFloat and
 * clipHalf, where T is the stored type. Before `function each<T, F>`, it exports both for every class with `@each`:
 * `@each class Sqrt` becomes sqrtFloat and sqrtHalf, where F is the class.
 */
export function withKernels(source) {
  const kernels = []
  const whole = source.replaceAll(GENERIC, (_, suffixes, rest, name, parameters) => {
    const given = parameters.replaceAll(/: \w+/g, '')
    const marked = new RegExp(`^(?:@\\w+ )*@${name} (?:@\\w+ )*class (\\w+)`, 'gm')
    const classes = [...source.matchAll(marked)].map(([, one]) => [one, `, ${one}`])
    for (const [kernel, more] of classes.length > 0 ? classes : [[name, '']])
      for (const suffix of suffixes.split(', ')) {
        const type = Object.keys(TYPES).find((end) => suffix.endsWith(end))
        kernels.push(
          `export function ${kernel[0].toLowerCase()}${kernel.slice(1)}${suffix}` +
            `(step: Step, tile: i32, scratch: usize): void { ${name}<${TYPES[type]}${more}>(${given}) }`,
        )
      }
    return rest
  })
  // The compiler knows only its own decorators.
  return `${whole.replaceAll(/^(?:@(?!unmanaged)\w+ )+(?=@unmanaged class)/gm, '')}\n${kernels.join('\n')}\n`
}
