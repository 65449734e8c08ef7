/** `--set key=value`: the text of a method's option, read by the option's own rule. */
import { type MethodName, methodNames, methodRules, RelizoError } from "../src/index.ts";
import { type Problem, problems } from "../src/problem/index.ts";
import { nearest } from "./text.ts";

/** The word of the list, given for a flag; refused with the nearest where it is not there. */
export function oneOf<W extends string>(flag: string, word: string, list: readonly W[]): W {
  const found = list.find((one) => one === word);
  if (found) return found;
  const near = nearest(word, list);
  throw wrong(
    `${flag} knows no ${JSON.stringify(word)}${near ? `; did you mean ${near}?` : "."} There are ${list.join(", ")}.`,
  );
}

/**
 * The method of this name.
 *
 * @throws RelizoError OPTION when there is none
 */
export function methodNamed(name: string): MethodName {
  const found = methodNames.find((one) => one === name);
  if (found) return found;
  const near = nearest(name, methodNames);
  throw wrong(
    `no method is called ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : "."} There are ${methodNames.join(", ")}.`,
  );
}

/** One or more names for an option that may be given again: "a,b" and "a b" and `--flag a --flag b` are the same. */
export function names(flag: string): (text: string, before?: readonly string[]) => readonly string[] {
  return (text: string, before: readonly string[] = []) => {
    const given = text.split(",").flatMap((word) => (word.trim() === "" ? [] : [word.trim()]));
    if (given.length === 0)
      throw wrong(`${flag} must be one or more names, separated by commas; got ${JSON.stringify(text)}.`);
    return [...new Set([...before, ...given])];
  };
}

/**
 * The test problem of this name, in capitals or not.
 *
 * @throws RelizoError OPTION when there is none
 */
export function problemOf(name: string): Problem {
  const found = problems.find((one) => one.name === name.toUpperCase());
  if (found) return found;
  const names = problems.map((one) => one.name);
  const near = nearest(name, names) ?? names.find((one) => name !== "" && one.startsWith(name.toUpperCase()));
  throw wrong(
    `no test problem is called ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : "."} \`relizo list problems\` names them all.`,
  );
}

/**
 * Options of a method from "key=value" texts: numbers, true or false, words, and JSON for all else.
 *
 * @throws RelizoError OPTION for an unknown key or a value outside its range
 */
export function parseSettings(method: MethodName, pairs: readonly string[]): Record<string, unknown> {
  const rules = methodRules(method);
  const settings: Record<string, unknown> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) throw wrong(`--set takes key=value, got ${JSON.stringify(pair)}.`);
    const [key, text] = [pair.slice(0, at), pair.slice(at + 1)];
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    if (rule === undefined) {
      const near = nearest(key, Object.keys(rules));
      const hint = near ? `; did you mean ${near}?` : ".";
      throw wrong(
        `${method} has no option ${JSON.stringify(key)}${hint} It has ${Object.keys(rules).join(", ")}.`,
      );
    }
    if (Object.hasOwn(settings, key)) throw wrong(`--set gives ${key} twice; give it once.`);
    const value = read(text, rule.fallback);
    if (!rule.accepts(value))
      throw wrong(`${method}: ${key} must be ${rule.range}, got ${JSON.stringify(text)}.`);
    settings[key] = value;
  }
  return settings;
}

/** The text as a value of the fallback's kind; what cannot be read stays text, for the rule to refuse. */
function read(text: string, fallback: unknown): unknown {
  if (typeof fallback === "string") return text;
  if (typeof fallback === "number") return text.trim() === "" ? text : Number(text);
  if (typeof fallback === "boolean") return text === "true" ? true : text === "false" ? false : text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A number from a command line, in [low, high]; with the least and the largest numbers there are, above 0 and finite. */
export function number(
  name: string,
  low: number,
  whole = true,
  high: number = Number.POSITIVE_INFINITY,
): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (value >= low && value <= high && (!whole || Number.isSafeInteger(value))) return value;
    const kind = whole ? "whole number" : high === Number.MAX_VALUE ? "finite number" : "number";
    throw wrong(`${name} must be a ${kind}${range(low, high)}, got ${JSON.stringify(text)}.`);
  };
}

/** Numbers from a command line, with commas between. */
export function numbers(flag: string): (text: string) => readonly number[] {
  return (text) => {
    const values = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
    if (values.every(Number.isFinite)) return values;
    throw wrong(`${flag} must be numbers separated by commas, got ${JSON.stringify(text)}.`);
  };
}

function range(low: number, high: number): string {
  if (low === Number.MIN_VALUE) return " above 0";
  if (high < Number.MAX_VALUE) return ` from ${low} to ${high}`;
  return low <= -Number.MAX_VALUE ? "" : ` of at least ${low}`;
}

export function wrong(message: string): RelizoError {
  return new RelizoError("OPTION", `relizo: ${message}`);
}
