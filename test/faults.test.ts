/** What a run must survive, each in its short form; `npm run faults` has the whole. */
import { test } from "node:test";
import { faultFiles, loadFault } from "../scripts/faults.ts";

for (const file of faultFiles()) {
  const { title, run, skip = false } = await loadFault(file);
  test(`${title} (${file})`, { skip }, () => run("short"));
}
