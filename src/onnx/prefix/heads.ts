/** How many heads of what size an attention has, read from the Reshape that parts them. */
import type { GraphIndex } from "../graph.ts";
import { intAttribute, intsAttribute } from "../node.ts";
import { rankOf, shapeElements } from "../trace.ts";

export interface Heads {
  /** Heads of the queries. */
  readonly heads: number;
  /** Heads of keys and values: fewer where several queries share one. */
  readonly keyHeads: number;
  /** Numbers in a head. */
  readonly size: number;
}

/**
 * Follows values back from where probabilities meet them, [batch, heads, tokens, size] or [batch * heads, tokens, size], to the
 * Reshape that parts a row into heads, and past a repetition of heads to the one before it.
 */
export function headsOf(index: GraphIndex, values: string, rank: number): Partial<Heads> {
  const last = seek(index, values, rank === 4 ? { heads: 1, size: 3 } : { size: 2 });
  if (!last) return {};
  const own = last.repeated ? seek(index, last.repeated, { heads: 1, size: 3 }) : undefined;
  return {
    ...(last.heads !== undefined && { heads: last.heads }),
    ...(last.size !== undefined && { size: last.size }),
    ...(own?.heads !== undefined && { keyHeads: own.heads }),
  };
}

/** Which dimensions of a value are which; heads are within another one where they are not named. */
interface Places {
  readonly heads?: number;
  readonly size: number;
}

interface Found {
  readonly heads: number | undefined;
  readonly size: number | undefined;
  /** Heads before they were repeated, where they were. */
  readonly repeated?: string;
}

function seek(index: GraphIndex, value: string, places: Places, depth = 24): Found | undefined {
  const node = index.maker.get(value);
  if (!node || depth === 0) return undefined;
  const [input = ""] = node.input;
  const on = (next: string, at: Places): Found | undefined => seek(index, next, at, depth - 1);
  const moved = (to: (at: number) => number): Places => ({
    ...(places.heads !== undefined && { heads: to(places.heads) }),
    size: to(places.size),
  });
  switch (node.opType) {
    case "Transpose": {
      const perm = intsAttribute(node, "perm");
      return (
        perm &&
        on(
          input,
          moved((at) => perm[at] ?? at),
        )
      );
    }
    case "Reshape": {
      const sizes = shapeElements(index, node.input[1] ?? "");
      const before = rankOf(index, input);
      const repeated = expandedFrom(index, input);
      const [heads, size] = [positive(sizes?.[places.heads ?? -1]), positive(sizes?.[places.size])];
      if (places.heads === undefined && before === 4) return on(input, { heads: 1, size: 3 });
      if (repeated) return { heads, size, repeated };
      return { heads, size };
    }
    case "Gather": {
      const axis = intAttribute(node, "axis") ?? 0;
      return on(
        input,
        moved((at) => (at >= axis ? at + 1 : at)),
      );
    }
    case "Concat": // a past and what comes behind it
      return on(node.input.at(-1) ?? "", places);
    case "Squeeze": {
      const [first, ...more] = intsAttribute(node, "axes") ?? shapeElements(index, node.input[1] ?? "") ?? [];
      if (first === undefined || more.length > 0 || first < 0) return undefined;
      return on(
        input,
        moved((at) => (at >= first ? at + 1 : at)),
      );
    }
    case "Cast":
    case "Identity":
    case "Split":
    case "Mul":
    case "Div":
      return on(input, places);
    default:
      return undefined;
  }
}

function positive(size: number | undefined): number | undefined {
  return size !== undefined && size > 0 ? size : undefined;
}

/** What an Expand repeats, without the dimension that was put in for it. */
function expandedFrom(index: GraphIndex, value: string): string | undefined {
  const expand = index.maker.get(value);
  if (expand?.opType !== "Expand") return undefined;
  const apart = index.maker.get(expand.input[0] ?? "");
  return apart?.opType === "Unsqueeze" ? apart.input[0] : undefined;
}
