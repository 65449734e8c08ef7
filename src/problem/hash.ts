/** Counted randomness for test problems: number k of stream `seed` is a function of the two alone. */

/** A whole number from 0 to 2^32 - 1, each equally likely. */
export function hash(seed: number, k: number): number {
  return mixed(Math.imul(mixed(seed >>> 0), 0x9e3779b1) + mixed((k + 0x7f4a7c15) >>> 0));
}

/** A number in (0, 1), never an end. */
export function uniform(seed: number, k: number): number {
  return (hash(seed, k) + 0.5) / 2 ** 32;
}

/** A number from the standard normal distribution (Box and Muller 1958), from draws 2k and 2k + 1. */
export function normal(seed: number, k: number): number {
  return Math.sqrt(-2 * Math.log(uniform(seed, 2 * k))) * Math.cos(2 * Math.PI * uniform(seed, 2 * k + 1));
}

/** A bijection of 32-bit numbers in which every bit of the result depends on every bit of h: shifts and odd factors in turn. */
function mixed(h: number): number {
  let bits = h;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return (bits ^ (bits >>> 15)) >>> 0;
}
