/** Losses against values of PyTorch 1.13.1, of published examples and of hand counts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose, gamma } from "../../../test/expect-close.ts";
import { accuracyOf, countRight, errorRate } from "./accuracy.ts";
import { bleu } from "./bleu.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { editDistance, editRate } from "./edit-distance.ts";
import { binaryF1, binaryF1Loss, f1, macroF1, macroF1Loss } from "./f1.ts";
import { CLASS_LOSSES, classLoss, sequenceLoss } from "./index.ts";
import { klDivergence } from "./kl.ts";
import { logSumExp } from "./log-sum-exp.ts";
import { margin } from "./margin.ts";
import { argmax, bestOf } from "./scores.ts";

/** Logits that every language makes alike: whole numbers over 16, from -15.875 to 15.875. */
const [rows, width] = [5, 301];
const logits = table((i, j) => 37 * i + 101 * j + 13 * i * j);
const base = table((i, j) => 37 * i + 101 * j + 13 * i * j + (j % 7) * 5);
const labels = Array.from({ length: rows }, (_, i) => (17 * i * i + 5) % width);

function table(whole: (i: number, j: number) => number): Float32Array {
  return Float32Array.from({ length: rows * width }, (_, at) => {
    return ((whole(Math.floor(at / width), at % width) % 509) - 254) / 16;
  });
}

/** Sums of 301 terms, each exact to a few roundoffs, and a log of it: relative error gamma(301) of numbers below 35. */
const tolerance = 35 * gamma(width + 8);

test("log of a sum of exponentials agrees with torch.logsumexp in float64", () => {
  const torch = [
    18.321059402602046, 18.12119442884997, 16.342424094934692, 18.145406607210578, 18.041577001968246,
  ];
  const ours = torch.map((_, i) => logSumExp(logits, i * width, width));
  expectClose(ours, torch, tolerance);
});

test("log of a sum of exponentials neither overflows nor loses what is small or not a number", () => {
  expectClose([logSumExp(Float32Array.of(1000, 1000.5, -3e38), 0, 3)], [1000.9740769841801], 1000 * gamma(8));
  expectClose([logSumExp(Float64Array.of(-90000.25, -90001), 0, 2)], [-89999.86312899388], 90000 * gamma(8));
  assert.equal(logSumExp(Float32Array.of(0, -Infinity), 0, 2), 0);
  for (const bad of [Number.NaN, Infinity])
    for (let at = 0; at < 9; at++) {
      const x = new Float32Array(9);
      x[at] = bad;
      assert.ok(Number.isNaN(logSumExp(x, 0, 9)), `${bad} at ${at}`);
    }
});

test("the table's exponential is as exact as Math.exp", () => {
  for (let i = 0; i < 4000; i++) {
    const x = -i * 0.0159;
    const sum = Math.log(1 + Math.exp(x));
    expectClose([logSumExp(Float64Array.of(x, 0), 0, 2)], [sum], 4 * 2 ** -53);
  }
});

test("cross-entropy agrees with torch.nn.functional.cross_entropy", () => {
  expectClose([crossEntropy(logits, labels, width)], [17.244332307113105], tolerance);
  expectClose([crossEntropy(new Float32Array(6), [0, 2], 3)], [Math.log(3)], gamma(8));
  assert.ok(Number.isNaN(crossEntropy(Float32Array.of(Number.NaN, 1), [1], 2)));
});

test("margin agrees with clamp(1 + best wrong - true) in torch", () => {
  expectClose([margin(logits, labels, width)], [16.3], tolerance);
  assert.equal(margin(Float32Array.of(3, 1, 0, 2), [0, 0], 2), (0 + 3) / 2);
  assert.equal(margin(Float32Array.of(3, 1), [0], 2, 2.5), 0.5);
  assert.ok(Number.isNaN(margin(Float32Array.of(Number.NaN, 1), [1], 2)));
});

test("KL to the base model agrees with torch.nn.functional.kl_div, and is 0 where nothing moved", () => {
  expectClose([klDivergence(logits, base, width)], [0.9256366017279047], 2 * tolerance);
  assert.equal(klDivergence(base, base.slice(), width), 0);
  const shifted = base.map((x) => x + 4); // a constant on all logits of a row changes no distribution
  expectClose([klDivergence(shifted, base, width)], [0], tolerance);
  // Where the base is sure, the rest has no weight: KL of (1, 0) from (1/2, 1/2) is log 2; what is no number shows all the same.
  expectClose([klDivergence(Float32Array.of(3, 3), Float32Array.of(0, -200), 2)], [Math.log(2)], gamma(8));
  const closed = Float32Array.of(1, 1, -Infinity); // a token that is ruled out in both
  expectClose([klDivergence(closed, closed, 3)], [0], gamma(8));
  assert.equal(klDivergence(closed, Float32Array.of(1, 1, 1), 3), Infinity);
  for (const at of [0, 1])
    for (const bad of [0, 1]) {
      const pair = [Float32Array.of(3, 3), Float32Array.of(0, -200)] as const;
      pair[bad]![at] = Number.NaN;
      assert.ok(Number.isNaN(klDivergence(...pair, 2)), `${bad} ${at}`);
    }
  assert.throws(() => klDivergence(logits, base.subarray(1), width), { code: "SHAPE", message: /1504/ });
});

test("scores that do not fit the labels are refused", () => {
  for (const loss of Object.values(CLASS_LOSSES)) {
    assert.throws(() => loss(new Float64Array(5), Int32Array.of(0, 1), 2), {
      code: "SHAPE",
      message: /each of 2 labels.*5 scores/,
    });
    assert.throws(() => loss(new Float64Array(0), new Int32Array(0), 2), { code: "SHAPE" });
    assert.throws(() => loss(new Float64Array(4), Int32Array.of(0, 2), 2), {
      code: "VALUE",
      message: /label 1 must be a class from 0 to 1; got 2/,
    });
  }
  assert.throws(() => Reflect.apply(classLoss, undefined, ["hinge"]), {
    code: "OPTION",
    message: /"cross-entropy", "margin".*got "hinge"/,
  });
  const own = (): number => 7;
  assert.equal(classLoss(own), own);
  assert.equal(sequenceLoss("bleu")([[1, 2, 3, 4]], [[1, 2, 3, 4]]), 0);
});

test("the best score of a row is the first of equals, and there is none beside NaN", () => {
  assert.deepEqual([...bestOf(Float32Array.of(1, 3, 3, 0, -1, -2, 5, Number.NaN, 6), 3)], [1, 0, -1]);
  assert.equal(argmax(Float64Array.of(9, 1, 2), 1, 2), 1);
});

// The example of scikit-learn's page on f1_score: macro 0.26666..., of the classes 0.8, 0, 0.
const truth = [0, 1, 2, 0, 1, 2];
const guess = [0, 2, 1, 0, 0, 1];

test("accuracy, F1 and counts of scikit-learn's example", () => {
  const counts = countRight(guess, truth, 3);
  assert.deepEqual(counts[0], { support: 2, predicted: 3, right: 2 });
  assert.deepEqual(counts.map(f1), [0.8, 0, 0]);
  expectClose([macroF1(counts), accuracyOf(counts)], [0.8 / 3, 1 / 3], gamma(4));
  const scores = Float32Array.from(guess.flatMap((own) => [0, 1, 2].map((c) => (c === own ? 1 : 0))));
  expectClose([macroF1Loss(scores, truth, 3), errorRate(scores, truth, 3)], [1 - 0.8 / 3, 2 / 3], gamma(4));
  scores[4] = Number.NaN;
  assert.ok(Number.isNaN(macroF1Loss(scores, truth, 3)) && Number.isNaN(errorRate(scores, truth, 3)));
  assert.deepEqual(countRight([-1, 1], [0, 1], 2)[0], { support: 1, predicted: 0, right: 0 });
});

test("F1 of the positive class among two, by hand", () => {
  // 3 true positives, 1 false positive, 2 false negatives: precision 3/4, recall 3/5, F1 = 2/3.
  const [labels, found] = [
    [1, 1, 1, 1, 1, 0, 0, 0],
    [1, 1, 1, 0, 0, 1, 0, 0],
  ];
  const counts = countRight(found, labels, 2);
  expectClose([binaryF1(counts), binaryF1(counts, 0)], [2 / 3, 4 / 7], gamma(4));
  const scores = Float32Array.from(found.flatMap((one) => [1 - one, one]));
  expectClose([binaryF1Loss(scores, labels, 2)], [1 / 3], gamma(4));
  assert.throws(() => binaryF1(countRight(guess, truth, 3)), {
    code: "OPTION",
    message: /macroF1 for more; got 3/,
  });
});

const words = (text: string): string[] => text.split(" ");
const one = words(
  "It is a guide to action which ensures that the military always obeys the commands of the party",
);
const two = words("It is to insure the troops forever hearing the activity guidebook that party direct");
const references = [
  "It is a guide to action that ensures that the military will forever heed Party commands",
  "It is the guiding principle which guarantees the military forces always being under the command of the Party",
  "It is the practical guide for the army always to heed the directions of the party",
].map(words);

test("BLEU of the examples in Papineni et al., with the scores that NLTK prints for them", () => {
  const near = (actual: number, printed: number): void =>
    assert.ok(!(Math.abs(actual - printed - 5e-5) > 5e-5), `${actual}`);
  near(bleu([one], [references]), 0.5045);
  const book = words("he read the book because he was interested in world history");
  const wanted = words("he was interested in world history because he read the book");
  near(bleu([one, book], [references, [wanted]]), 0.592);
  // Modified precisions of the paper: 17/18 and 10/17 for the first, 8/14 and 1/13 for the second candidate, 2/7 for "the".
  expectClose(
    [bleu([one], [references], { order: 1 }), bleu([one], [references], { order: 2 })],
    [17 / 18, Math.sqrt((17 / 18) * (10 / 17))],
    gamma(16),
  );
  const penalty = Math.exp(1 - 16 / 14);
  expectClose(
    [bleu([two], [references], { order: 1 }), bleu([two], [references], { order: 2 })],
    [(penalty * 8) / 14, penalty * Math.sqrt((8 / 14) * (1 / 13))],
    gamma(16),
  );
  const cats = ["the cat is on the mat", "there is a cat on the mat"].map(words);
  expectClose([bleu([words("the the the the the the the")], [cats], { order: 1 })], [2 / 7], gamma(16));
  // Brevity: 12 tokens for 28 wanted, exp(1 - 28/12) = 0.26359713811572677 as NLTK prints it.
  expectClose(
    [bleu(["aaaaaaaaaaaa".split("")], [["a".repeat(28).split("")]])],
    [0.26359713811572677],
    gamma(32),
  );
});

test("BLEU's smoothing: none gives 0 where an order has no match, the others what their formulas say", () => {
  const [candidate, reference] = [
    [1, 2, 3, 9, 9],
    [1, 2, 3, 4, 5],
  ];
  assert.equal(bleu([candidate], [[reference]]), 0);
  // Matches 3/5, 2/4, 1/3, 0/2.
  const addOne = ((3 / 5) * (3 / 5) * (2 / 4) * (1 / 3)) ** 0.25;
  const exp = ((3 / 5) * (2 / 4) * (1 / 3) * (0.5 / 2)) ** 0.25;
  expectClose([bleu([candidate], [[reference]], { smoothing: "add-one" })], [addOne], gamma(32));
  expectClose([bleu([candidate], [[reference]], { smoothing: "exp" })], [exp], gamma(32));
  assert.equal(bleu([[7]], [[[8]]], { smoothing: "add-one" }), 0);
  assert.throws(() => bleu([[1]], [[]]), { code: "SHAPE" });
});

test("edit distances of the textbooks", () => {
  const known: [string, string, number][] = [
    ["kitten", "sitting", 3],
    ["intention", "execution", 5], // Jurafsky and Martin, Speech and Language Processing, section 2.5
    ["saturday", "sunday", 3],
    ["", "abc", 3],
    ["abc", "", 3],
    ["same", "same", 0],
  ];
  for (const [a, b, distance] of known) assert.equal(editDistance([...a], [...b]), distance, `${a} ${b}`);
  assert.equal(
    editRate(
      [[1, 2, 3], [4]],
      [
        [1, 3],
        [5, 6],
      ],
    ),
    3 / 4,
  );
  assert.throws(() => editRate([[]], [[]]), { code: "SHAPE" });
});
