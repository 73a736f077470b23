/**
 * A child's descriptor of a pipe that closes when its parent ends in any way. It follows the three streams and the
 * channel of messages.
 */
export const LEASH = 4
