/**
 * How a step over seeds and the kernels below it scale from a thousand parameters to a hundred million, on one core:
 *
 *     npm run bench -- scaling                                  what is quick, printed alone
 *     npm run bench -- scaling --reference PATH --write         everything (half an hour): docs/performance.md and its chart
 *
 * PATH is the published relizo.py. `--resume` keeps the cells of the last `--write` that were measured on this machine from
 * the sources as they are; `--only "memory d=1e8"` measures the cells with these letters in their name, the others stay as they are.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { commit, hardware, machine } from "./compare.ts";
import { keepToOneCore } from "./one-core.ts";
import { referencePath } from "./peers/reference.ts";
import { inOwnProcess } from "./scaling/cell.ts";
import { chart } from "./scaling/chart.ts";
import { insert, page } from "./scaling/page.ts";
import { isQuick, nameOf, PLAN } from "./scaling/plan.ts";
import { hashOfSources, type Results, readResults, writeResults } from "./scaling/results.ts";

const RESULTS = "bench/scaling/results.json";
const PAGE = "docs/performance.md";
const CHART = "docs/scaling.svg";

const given = (option: string): boolean => process.argv.includes(option);
const write = given("--write");
const only = given("--only") ? (process.argv[process.argv.indexOf("--only") + 1] ?? "") : undefined;
const sources = hashOfSources();
const cores = keepToOneCore();
console.log(`${machine()}; ${cores}`);

const last = write ? readResults(RESULTS) : undefined;
const here = hardware();
if (last && last.machine !== here) console.log(`Results of another machine are dropped: ${last.machine}.`);
const kept = last?.machine === here ? last.cells : {};
const names = PLAN.map(nameOf);
let results: Results = {
  machine: here,
  cores,
  cells: Object.fromEntries(Object.entries(kept).filter(([name]) => names.includes(name))),
};
for (const cell of PLAN) {
  const name = nameOf(cell);
  if (only === undefined ? !write && !isQuick(cell) : !name.includes(only)) continue;
  if (given("--resume") && results.cells[name]?.sources === sources) continue;
  try {
    const result = await inOwnProcess({ cell, reference: referencePath() });
    results = { ...results, cells: { ...results.cells, [name]: { ...result, sources } } };
    if (write) writeResults(RESULTS, results);
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
if (write) {
  writeFileSync(CHART, chart(results));
  writeFileSync(PAGE, insert(readFileSync(PAGE, "utf8"), page(results)));
  console.log(
    `\n${PAGE} and ${CHART} are written, from ${Object.keys(results.cells).length} cells of ${names.length}.`,
  );
}
console.log(`\n${machine()}, commit ${commit()}`);
