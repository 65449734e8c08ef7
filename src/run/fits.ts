/** What may be taken for a stored state: one vector too short in it would be a wrong run. */
import { has } from "../option.ts";
import type { History } from "../reuse/history.ts";

/** What an array must be like: of this kind, and this long. */
export interface Sized {
  readonly constructor: { readonly name: string };
  readonly byteLength: number;
}

/**
 * Whether a stored part is what one like `model` can become: the same fields, of the same types, and others; lists of any length; every vector of
 * x's length and precision; every history with a value and a row of its Gram matrix for each of its rows.
 */
export function fits(part: unknown, model: unknown, x: Sized): boolean {
  if (model !== undefined && kindOf(part) !== kindOf(model)) return false;
  if (has(part, "byteLength")) return kindOf(part) === kindOf(x) && part.byteLength === x.byteLength;
  if (!has(part)) return true;
  const { rows, values, gram }: Partial<History<unknown>> = Object(part);
  if (rows && !(values?.length === rows.length && gram?.length === rows.length ** 2)) return false;
  const fields: Readonly<Record<string, unknown>> = Object(model);
  return Object.keys(Array.isArray(part) ? part : { ...fields, ...part }).every(
    (key) => key === "gram" || fits(part[key], fields[key], x), // not of x's length
  );
}

function kindOf(value: unknown): unknown {
  return has(value) ? value.constructor : typeof value;
}
