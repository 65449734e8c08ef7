/**
 * `npm test`: every check there is, one stage after another. A failed stage does not stop the others, so that one run shows
 * all there is to mend. Those that are an npm script count as one test each. The last line is "N passed, N failed".
 */
import { run } from "./run.ts";
import { add, type Counts, DOCUMENTS, PACKED, runSuites, sentence, unitTests } from "./suites.ts";

/** One npm script that passes or fails as a whole. */
async function script(name: string): Promise<Counts> {
  const passed = (await run("npm", ["run", "--silent", name])) === 0;
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

const STAGES: readonly (readonly [name: string, stage: () => Promise<Counts>])[] = [
  ["lint", () => script("lint")],
  ["types", () => script("types")],
  ["build", () => script("build")],
  ["API pages", () => script("docs")],
  ["nothing unused", () => script("unused")],
  ["unit and contract tests", () => runSuites(unitTests())],
  ["the packed package", () => runSuites([PACKED])],
  ["examples, README and docs", () => runSuites(DOCUMENTS)],
];

let total: Counts = { passed: 0, failed: 0, skipped: 0 };
const broken: string[] = [];
for (const [name, stage] of STAGES) {
  console.log(`\n== ${name}`);
  const counts = await stage();
  total = add(total, counts);
  if (counts.failed > 0) broken.push(name);
}

if (broken.length > 0) console.log(`\nFailed: ${broken.join("; ")}.`);
process.exitCode = total.failed > 0 ? 1 : 0;
console.log(sentence(total));
