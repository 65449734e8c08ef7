/** 3a. Processes contend for one journal, and some die with it open: there are never two writers. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readJournalFile } from "../../src/journal/file/index.ts";
import { bundled, ended } from "../program.ts";

export const title = "Processes contend for one journal";

const PROCESSES = 4;
const ATTEMPTS = { short: 40, whole: 200 };

export async function run(scale: "short" | "whole"): Promise<void> {
  const attempts = ATTEMPTS[scale];
  const folder = mkdtempSync(join(tmpdir(), "relizo-contend-"));
  try {
    const script = await bundled("test/faults/programs/contend.ts", folder);
    const [journal, witness] = [join(folder, "journal"), join(folder, "witness")];
    const count = { refused: 0, died: 0 };
    const wrote = await Promise.all(
      Array.from({ length: PROCESSES }, async (_, lane) => {
        const mine: string[] = [];
        for (let first = 0; first < attempts; ) {
          const args = [script, journal, witness, lane, first, attempts].map(String);
          const { code, signal, out, err } = await ended(args);
          assert.ok(code === 0 || signal === "SIGKILL", err);
          if (signal === "SIGKILL") count.died++;
          const said = out.trim().split("\n");
          assert.deepEqual(
            said.filter((line) => line.startsWith("two")),
            [],
            "two writers",
          );
          count.refused += said.filter((line) => line.startsWith("refused")).length;
          mine.push(
            ...said.filter((line) => line.startsWith("wrote")).map((line) => `${lane} ${line.slice(6)}`),
          );
          first = signal === "SIGKILL" ? 1 + Number(said.at(-1)!.split(" ")[1]) : attempts;
        }
        return mine;
      }),
    );
    const { rounds, tail } = await readJournalFile(journal);
    assert.equal(tail.state, "whole");
    const found = rounds.map(({ values }) => `${values[0]} ${values[1]}`);
    assert.deepEqual(found.toSorted(), wrote.flat().toSorted());
    assert.equal(found.length + count.refused, PROCESSES * attempts);
    assert.ok(wrote.every((mine) => mine.length > 0));
    console.log(
      `${PROCESSES} processes x ${attempts} attempts: ${found.length} wrote, one at a time, ${count.refused} were refused, ` +
        `${count.died} died with the journal open and were taken over from; never two writers, no round lost`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
