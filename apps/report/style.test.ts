import assert from "node:assert/strict";
import { test } from "node:test";
import { style } from "./style.ts";

type Rgb = readonly [number, number, number];
type Matrix = readonly [Rgb, Rgb, Rgb];

/** What is left of linear RGB without one kind of cone (Machado, Oliveira, Fernandes, IEEE TVCG 15 (2009), severity 1). */
const VISIONS: Readonly<Record<string, Matrix>> = {
  all: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Ottosson's OKLab, in which equal distances look about equally far. */
const TO_CONES: Matrix = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const TO_LAB: Matrix = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];

function times(m: Matrix, v: Rgb): Rgb {
  const row = ([a, b, c]: Rgb): number => a * v[0] + b * v[1] + c * v[2];
  return [row(m[0]), row(m[1]), row(m[2])];
}

const each = ([a, b, c]: Rgb, f: (value: number) => number): Rgb => [f(a), f(b), f(c)];
const inside = (value: number): number => Math.min(Math.max(value, 0), 1);

function linear(hex: string): Rgb {
  const [a = 0, b = 0, c = 0] = hex.match(/[0-9a-f]{2}/g)!.map((pair) => Number.parseInt(pair, 16) / 255);
  return each([a, b, c], (s) => (s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4));
}

const labOf = (colour: Rgb, vision: Matrix): Rgb =>
  times(TO_LAB, each(times(TO_CONES, each(times(vision, colour), inside)), Math.cbrt));

/** WCAG's relative luminance. */
const luminance = ([r, g, b]: Rgb): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;

const schemes = style.split("@media (prefers-color-scheme: dark)").slice(0, 2);
for (const [i, scheme] of ["light", "dark"].entries()) {
  const css = schemes[i]!.split("}")[0]!;
  const colours = [...css.matchAll(/--c\d+: (#[0-9a-f]{6});/g)].map(([, hex]) => linear(hex!));
  const card = luminance(linear(/--card: (#[0-9a-f]{6});/.exec(css)![1]!));

  test(`ten colours of curves stand out from the card, ${scheme}`, () => {
    assert.equal(colours.length, 10);
    for (const colour of colours) {
      const [low, high] = [luminance(colour), card].sort((a, b) => a - b) as [number, number];
      assert.ok((high + 0.05) / (low + 0.05) >= 3, "WCAG 1.4.11 asks for 3 : 1");
    }
  });

  for (const [name, vision] of Object.entries(VISIONS))
    test(`no two curves look alike with the cones of ${name}, ${scheme}`, () => {
      const labs = colours.map((colour) => labOf(colour, vision));
      for (const [j, a] of labs.entries())
        for (const [k, b] of labs.slice(0, j).entries()) {
          const far = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
          assert.ok(
            far >= 0.09,
            `colours ${k} and ${j} are ${far} apart; about 0.02 is just seen side by side`,
          );
        }
    });
}
