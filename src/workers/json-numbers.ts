/** Float64 as JSON and back, to the bit: what programs and endpoints are told, and what they answer. */
import type { Answer } from "../evaluate/policy.ts";
import { has } from "../option.ts";

/**
 * x as a JSON array. Each number reads back as the same float64, in any language that reads decimals right; whole ones end in ".0", so that
 * they are read as floats and not as integers, and -0 keeps its sign. What JSON has no number for is "NaN", "Infinity" or "-Infinity".
 */
export function textOf(x: Float64Array): string {
  const parts: string[] = new Array(x.length);
  for (let i = 0; i < x.length; i++) parts[i] = numberText(x[i]!);
  return `[${parts.join(",")}]`;
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return Number.isInteger(value) && !text.includes("e") ? `${text}.0` : text;
}

/** Reads JSON, with the words NaN and Infinity as Python writes them; undefined where it is neither. */
export function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {}
  try {
    return JSON.parse(text.replace(WORDS, (found) => (found.startsWith('"') ? found : `"${found}"`)));
  } catch {
    return undefined;
  }
}

/** Strings, which stay as they are, and the words. */
const WORDS = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/** A value as it came: a number or its name, null where the query failed, or `{ error }`. Undefined for anything else. */
export function answerIn(value: unknown): Answer | undefined {
  if (typeof value === "number") return value;
  if (value === null) return Number.NaN;
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  return has(value, "error") && typeof value.error === "string" ? { error: value.error } : undefined;
}
