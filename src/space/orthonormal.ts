/** Orthonormal vectors in any space, from its inner products alone. */
import type { Space } from "./space.ts";

/**
 * Modified Gram-Schmidt, twice: orthonormal to a few roundoffs. Gives up `rows`; vectors that depend on earlier ones are
 * dropped.
 *
 * @cost   2 m^2 products and combinations
 * @source Giraud, Langou, Rozložník, "The loss of orthogonality in the Gram-Schmidt orthogonalization process", Comput. Math. Appl. 50
 *   (2005): twice is enough
 */
export function orthonormal<V>(space: Space<V>, rows: readonly V[]): V[] {
  const basis: V[] = [];
  for (const row of rows) {
    let v = row;
    const before = space.dot(v, v);
    for (let pass = 0; pass < 2; pass++) for (const u of basis) v = space.shift(v, [[-space.dot(u, v), u]]);
    const square = space.dot(v, v);
    if (square > 1e3 * space.roundoff ** 2 * before && square > 0)
      basis.push(space.shift(v, [[1 / Math.sqrt(square) - 1, v]]));
  }
  return basis;
}
