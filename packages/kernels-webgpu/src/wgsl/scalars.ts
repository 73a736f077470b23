/** The scalars of an op: one uniform struct whose values are set when the op is prepared, and never compiled in. */
export type Fields = Readonly<Record<string, 'f32' | 'i32' | 'u32'>>
export type Values<F extends Fields = Fields> = { readonly [Name in keyof F]: number }

/** The WGSL struct `Scalars`. */
export function declareScalars(fields: Fields): string {
  const members = Object.entries(fields).map(([name, type]) => `  ${name}: ${type},`)
  return `struct Scalars {\n${members.join('\n')}\n}`
}

/** The struct's bytes, rounded up to a multiple of 16, which uniform buffers require. */
export function packScalars(fields: Fields, values: Values): Uint8Array<ArrayBuffer> {
  const names = Object.keys(fields)
  const bytes = new Uint8Array(Math.ceil((4 * names.length) / 16) * 16)
  const view = new DataView(bytes.buffer)
  for (const [index, name] of names.entries()) {
    const value = values[name]
    if (fields[name] === 'f32') view.setFloat32(4 * index, value, true)
    else if (fields[name] === 'i32') view.setInt32(4 * index, value, true)
    else view.setUint32(4 * index, value, true)
  }
  return bytes
}
