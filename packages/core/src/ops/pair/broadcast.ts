import { elements, sameShape, type Shape } from '../../tensor/tensor.ts'

/** Whether `from` broadcasts to `to`: the ranks are equal, and each size of `from` is 1 or the size in `to`. */
export function broadcastsTo(from: Shape, to: Shape): boolean {
  return from.length === to.length && from.every((size, axis) => size === to[axis] || size === 1)
}

/** For each element of a tensor of shape `to`, in row-major order, the index of its element in the broadcast tensor. */
export function meeting(from: Shape, to: Shape): Uint32Array {
  const met = new Uint32Array(elements(to))
  if (sameShape(from, to)) {
    for (let i = 0; i < met.length; i++) met[i] = i
    return met
  }
  // From the last axis on, the indices for one step of an axis are repeated for its other steps.
  let [filled, stride] = [1, 1]
  for (let axis = to.length - 1; axis >= 0; axis--) {
    const step = from[axis] === 1 ? 0 : stride
    for (let at = 1; at < to[axis]; at++)
      for (let i = 0; i < filled; i++) met[at * filled + i] = met[i] + at * step
    filled *= to[axis]
    stride *= from[axis]
  }
  return met
}
