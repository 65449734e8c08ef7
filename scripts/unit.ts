/** `npm run test:unit`, or `npm run test:unit -- src/point kernel` for the test files whose path holds one of these. */
import { runSuites, sentence, unitTests } from "./suites.ts";

const wanted = process.argv.slice(2);
const files = unitTests().filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));

if (files.length === 0) {
  console.error(`test:unit: no test file has "${wanted.join('" or "')}" in its path.`);
  process.exitCode = 1;
} else {
  const counts = await runSuites(files);
  console.log(sentence(counts));
  if (counts.failed > 0) process.exitCode = 1;
}
