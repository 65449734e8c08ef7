/** A wrong option throws at once, before a query is spent, with a message that names the option, the value and the range. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createMethod,
  LIZO,
  type Method,
  methodNames,
  methodRules,
  minimize,
  RelizoError,
} from "../../src/index.ts";
import { type Rule, show } from "../../src/option.ts";
import { lizoRules } from "../../src/run/lizo-options.ts";
import { runRules } from "../../src/run/run-options.ts";

/** Values that some option or other cannot be. */
const VALUES: readonly unknown[] = [
  ...[-1, 0, 0.5, 1.5, 2, 1e300, 2 ** 31, 2 ** 53, -0.5],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ...["", "1", "nonsense", true, false, null, 1n, Symbol.iterator, () => 1],
  ...[{}, [], [1], { steps: -1 }, { kind: "cosine" }, new Float64Array(2), new Date(0)],
];

/** What an option of this kind can never be, whatever its rule says. */
function impossible({ fallback }: Rule<unknown>): readonly unknown[] {
  if (typeof fallback === "number") return [Number.NaN, "1", true, [1], () => 1, 1n];
  if (typeof fallback === "boolean") return [0, 1, "true", null, {}];
  if (typeof fallback === "string") return ["", "nonsense", 1, null, {}];
  return [0, "nonsense", true];
}

type Front = (options: Readonly<Record<string, unknown>>) => Promise<unknown>;

const START = [1, 2];
const never = (): number => assert.fail("a query was spent");

interface Named {
  readonly name: string;
  readonly rules: Readonly<Record<string, Rule<unknown>>>;
  readonly front: Front;
}

const FRONTS: readonly Named[] = [
  {
    name: "LIZO",
    rules: Object.fromEntries(Object.entries(lizoRules)),
    front: async (options) => new LIZO(Float64Array.from(START), options).step(never),
  },
  {
    name: "minimize",
    rules: Object.fromEntries(Object.entries(runRules)),
    front: (options) => minimize(never, START, options),
  },
  ...methodNames.map((name): Named => {
    const make = (options: Readonly<Record<string, unknown>>): Method => createMethod(name, options);
    return {
      name,
      rules: methodRules(name),
      front: (options) => minimize(never, START, { method: make(options) }),
    };
  }),
];

const refuses = (front: Front, options: Readonly<Record<string, unknown>>, ...words: readonly string[]) =>
  assert.rejects(
    async () => front(options),
    (error) => {
      assert.ok(error instanceof RelizoError, `${String(error)} for ${words.join(", ")}`);
      assert.equal(error.code, "OPTION");
      for (const word of words)
        assert.ok(error.message.includes(word), `"${error.message}" does not say "${word}"`);
      return true;
    },
  );

for (const { name, rules, front } of FRONTS) {
  for (const [key, rule] of Object.entries(rules)) {
    test(`${name}: ${key} is refused where it cannot be`, async () => {
      for (const value of impossible(rule))
        assert.equal(rule.accepts(value), false, `${key} accepts ${show(value)}`);
      const wrong = VALUES.filter((value) => !rule.accepts(value));
      assert.ok(wrong.length > 3);
      for (const value of wrong) await refuses(front, { [key]: value }, name, key, show(value), rule.range);
    });

    test(`${name}: ${key} may be what it is by default, and be left undefined`, () => {
      assert.ok(rule.fallback === undefined || rule.accepts(rule.fallback), String(rule.fallback));
    });
  }

  test(`${name}: an unknown option is refused, and the known ones are named`, async () => {
    await refuses(front, { nonsense: 1 }, name, 'got "nonsense"', ...Object.keys(rules));
    await refuses(front, { LR: 1 }, 'got "LR"');
    await refuses(front, { constructor: 1 }, 'got "constructor"');
  });

  test(`${name}: one wrong option among right ones is found`, async () => {
    const [first, ...others] = Object.entries(rules);
    const right = others.filter(([, { fallback }]) => fallback !== undefined);
    const options = Object.fromEntries(right.map(([key, { fallback }]) => [key, fallback]));
    await refuses(front, { ...options, [first![0]]: "nonsense" }, first![0], '"nonsense"');
  });
}

test("options that are no object are refused", async () => {
  for (const wrong of ["null", "1", '"fast"', "true"])
    for (const { name, front } of FRONTS)
      await refuses(front, JSON.parse(wrong), `${name}: the options must be an object`);
});

test("a method that does not exist is refused, and those that do are named", () => {
  assert.throws(
    () => createMethod(JSON.parse('"adam"')),
    (error) =>
      error instanceof RelizoError &&
      error.message.includes('got "adam"') &&
      methodNames.every((name) => error.message.includes(name)),
  );
});

test("an objective that is no function, and a start that is no list of numbers, are refused before a query", async () => {
  for (const wrong of ["null", "1", '"f"', "{}", "[]"])
    await assert.rejects(
      minimize(JSON.parse(wrong), START),
      (error) => error instanceof RelizoError && /objective must be a function/.test(error.message),
    );
  for (const x0 of [[], [1, Number.NaN], [Number.POSITIVE_INFINITY]])
    await assert.rejects(
      minimize(never, x0),
      (error) => error instanceof RelizoError && /x0/.test(error.message),
    );
});
