/**
 * Transforms one patch of int8, with `channels` at each of 6x6 pixels and rows `rowBytes` apart, into its 36 points in
 * int16, `apart` bytes apart, column by column. `room` is for 36 vectors.
 */
export function transformPatch(
  from: usize, channels: usize, rowBytes: usize, to: usize, apart: usize, room: usize,
): void {
  for (const end = from + channels; from < end; from += 8, to += 16) {
    let at = from
    for (let i: usize = 0; i < 96; i += 16, at += rowBytes) {
      let pixel = at
      const d0 = v128.load8x8_s(pixel)
      pixel += channels
      const d1 = v128.load8x8_s(pixel)
      pixel += channels
      const d2 = v128.load8x8_s(pixel)
      pixel += channels
      const d3 = v128.load8x8_s(pixel)
      pixel += channels
      const d4 = v128.load8x8_s(pixel)
      transform(d0, d1, d2, d3, d4, v128.load8x8_s(pixel + channels), room + i, 96)
    }
    let point = to
    for (let i: usize = 0; i < 576; i += 96, point += 6 * apart) {
      const d = room + i
      const d3 = v128.load(d, 48), d4 = v128.load(d, 64), d5 = v128.load(d, 80)
      transform(v128.load(d), v128.load(d, 16), v128.load(d, 32), d3, d4, d5, point, apart)
    }
  }
}

/**
 * B^T d, to vectors `apart` bytes apart. The rows of B^T are (4, 0, -5, 0, 1, 0), (0, 4, 4, -1, -1, 0), (0, -4, 4, 1,
 * -1, 0), (0, -2, -1, 2, 1, 0), (0, 2, -1, -2, 1, 0) and (0, 4, 0, -5, 0, 1). The signs of the second and third row are
 * changed, as in G. Along both axes, results are at most 100 * 128.
 */
@inline
function transform(d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, to: usize, apart: usize): void {
  const even = i16x8.sub(i16x8.shl(d2, 2), d4)
  const odd = i16x8.sub(i16x8.shl(d1, 2), d3)
  const near = i16x8.sub(d4, d2)
  const difference = i16x8.sub(d3, d1)
  const far = i16x8.add(difference, difference)
  v128.store(to, i16x8.add(i16x8.shl(i16x8.sub(d0, d2), 2), near))
  to += apart
  v128.store(to, i16x8.add(even, odd))
  to += apart
  v128.store(to, i16x8.sub(even, odd))
  to += apart
  v128.store(to, i16x8.add(near, far))
  to += apart
  v128.store(to, i16x8.sub(near, far))
  to += apart
  v128.store(to, i16x8.sub(i16x8.sub(d5, d3), i16x8.add(far, far)))
}
