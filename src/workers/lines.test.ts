import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { eachLine } from "./lines.ts";

async function linesOf(chunks: readonly Buffer[], longest = 1e6): Promise<string[]> {
  const stream = Readable.from(chunks);
  const lines: string[] = [];
  eachLine(stream, longest, (line) => lines.push(line));
  await new Promise((resolve) => stream.on("close", resolve));
  return lines;
}

test("the lines do not depend on where the bytes were cut", async () => {
  const words = fc.array(fc.stringMatching(/^[a-zé€😀 ]{0,12}$/u), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(words, fc.boolean(), fc.array(fc.nat({ max: 60 })), async (lines, closed, cuts) => {
      const bytes = Buffer.from(lines.join("\n") + (closed ? "\n" : ""));
      const at = [0, ...cuts.filter((cut) => cut < bytes.length), bytes.length].sort((a, b) => a - b);
      const told = await linesOf(at.slice(1).map((end, i) => bytes.subarray(at[i], end)));
      const open = !closed && lines.at(-1) === ""; // an empty line that no newline ends is none
      assert.deepEqual(told, open ? lines.slice(0, -1) : lines);
    }),
    { numRuns: 200 },
  );
});

test("carriage returns go, and a line without an end stays within its bound", async () => {
  assert.deepEqual(await linesOf([Buffer.from("a\r\nb\r\n")]), ["a", "b"]);
  const long = Array.from({ length: 100 }, () => Buffer.alloc(1000, "x"));
  assert.deepEqual(await linesOf([...long, Buffer.from("\nshort")], 2500), ["x".repeat(2500), "short"]);
});
