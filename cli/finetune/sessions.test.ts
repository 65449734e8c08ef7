/** `relizo finetune --sessions`, `--stack`: the run of one session, whichever sitting had how many. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { dataFolder } from "../../test/data-folder.ts";
import { ended } from "../../test/program.ts";

const data = dataFolder();
const skip = data === undefined && "there is no folder of data: RELIZO_DATA names it";
const folder = mkdtempSync(join(tmpdir(), "relizo-sessions-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** From the sources: a thread's file lies beside the program's. */
async function relizo(out: string, ...own: string[]) {
  const model = ["--model", join(data ?? "", "stories260k", "model.onnx")];
  const table = ["--data", join(data ?? "", "sst2", "dev.tsv"), "--words", "bad,good"];
  const sizes = [
    "--train-size",
    "16",
    "--validation-size",
    "8",
    "--batch-size",
    "4",
    "--evaluate-every",
    "2",
  ];
  const how = ["--optimizer", "zo-sgd", "--set", "samples=3", "--json", "--out", join(folder, out)];
  const program = ["--import", "tsx", "cli/relizo.ts", "finetune"];
  const found = await ended([...program, ...model, ...table, ...sizes, ...how, ...own]);
  return { ...found, line: found.code === 0 ? JSON.parse(found.out) : undefined };
}

test("the journal of one session, whatever number each sitting has", { skip }, async () => {
  const wanted = await relizo("one", "--threads", "1", "--steps", "6", "--stack", "2");
  assert.equal(wanted.code, 0, wanted.err);
  const begun = await relizo("several", "--sessions", "2", "--steps", "3", "--stack", "auto");
  assert.equal(begun.code, 0, begun.err); // eight examples make up two minibatches of four
  const found = await relizo("several", "--sessions", "3", "--steps", "6", "--stack", "2", "--resume");
  assert.equal(found.code, 0, found.err);
  assert.deepEqual(found.line.hash, wanted.line.hash);
  assert.equal(found.line.queries, 24);
  const other = await relizo("several", "--threads", "1", "--steps", "8", "--resume");
  assert.notEqual(other.code, 0);
  assert.match(other.err, /another number of candidates in a pass \(stack\) \(2, here 1\)/);
});

test("what does not go together is refused", { skip }, async () => {
  const refused = async (what: RegExp, ...own: string[]): Promise<void> => {
    const found = await relizo("refused", ...own);
    assert.notEqual(found.code, 0);
    assert.match(found.err.replace(/\s+/g, " "), what);
  };
  await refused(/each of several has one thread/, "--sessions", "2", "--threads", "2");
  await refused(/tune must be lora or prompt/, "--method", "full", "--stack", "2");
  await refused(/--stack/, "--stack", "many");
});
