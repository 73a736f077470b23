/**
 * One op applied to tensors, as the host writes it: the addresses of the op's constants, of the output and of the
 * inputs.
 */
@unmanaged
export class Step {
  op: usize
  y: usize
  a: usize
  b: usize
  c: usize
}
