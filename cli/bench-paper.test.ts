import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { PaperResults } from "../apps/paper/index.ts";
import { benchPaperCommand } from "./bench-paper.ts";

const folder = mkdtempSync(join(tmpdir(), "relizo-bench-paper-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command and returns what it printed. */
async function paper(...args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const log = console.log;
  console.log = (line: string) => lines.push(line);
  try {
    await benchPaperCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .parseAsync(args, { from: "user" });
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}

const at = (...names: readonly string[]): string => join(folder, ...names);
const small = ["--quick", "--seeds", "1", "--threads", "1", "--only", "table6", "--methods", "relizo"];
const saved = (out: string): PaperResults => JSON.parse(readFileSync(join(out, "paper.json"), "utf8"));
const found = (out: string): string[] =>
  saved(out).judged.map(({ cell, method }) => `${cell.problem} ${method}`);

test("what cannot be is refused before anything runs, with its name, and nothing is written", async () => {
  writeFileSync(at("file"), "");
  writeFileSync(at("null.json"), "null");
  writeFileSync(at("bare.json"), '{"version":1}');
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["--only", ""], /--only must be one or more names/],
    [["--only", "table6", "tabel7"], /--only knows no "tabel7"; did you mean table7\?/],
    [["--methods", ","], /--methods must be one or more names/],
    [["--problems", "ROSENBR"], /--problems knows no "ROSENBR"; did you mean SROSENBR\? There are ARGTRIGLS/],
    [["--only", "table11", "--problems", "coating"], /nothing to run: table11 has no figure for COATING/],
    [["--seeds", "0,1"], /--seeds must be a whole number from 1 to 1000, got "0,1"/],
    [["--threads", "1e6"], /--threads must be a whole number from 1 to 256/],
    [["--out", at("file", "deeper")], /--out must be a folder .*ENOTDIR/],
    [["--markdown", at("nowhere.md")], /--markdown .*ENOENT/],
    [["--markdown", at("file")], /--markdown .* it needs the lines/],
    [["--write-tuned", at("file", "x.ts")], /--write-tuned: the folder of the file must be/],
    [["--from", at("null.json")], /--from .*null.json: it is no paper.json/],
    [["--from", at("bare.json")], /--from .*bare.json: it is no paper.json/],
  ];
  for (const [args, message] of cases)
    await assert.rejects(paper("--out", at("refused"), ...args), { code: "OPTION", message }, args.join(" "));
  await assert.rejects(paper("--from", at("bare.json"), "--only", "table6"), /cannot be used with/);
  await assert.rejects(paper("--json", "--markdown"), /cannot be used with/);
  assert.deepEqual(readdirSync(at("refused")), []);
});

test("a resumed run keeps what is there and adds the rest; a new one begins again, a full one's results kept aside", async () => {
  const out = at("resumed");
  await paper(...small, "--problems", "BROYDNBDLS", "--out", out);
  const [first] = saved(out).judged;
  const text = await paper(...small, "--problems", "CHNROSNB", "--resume", "--out", out);
  assert.deepEqual(found(out).sort(), ["BROYDNBDLS relizo", "CHNROSNB relizo"]);
  assert.deepEqual(
    saved(out).judged.find(({ cell }) => cell.problem === "BROYDNBDLS"),
    first,
  );
  assert.match(text, /BROYDNBDLS[\s\S]*CHNROSNB|CHNROSNB[\s\S]*BROYDNBDLS/);
  await assert.rejects(paper(...small, "--seeds", "2", "--resume", "--out", out), { code: "OPTION" });

  writeFileSync(join(out, "paper.json"), JSON.stringify({ ...saved(out), quick: false }));
  await paper(...small, "--problems", "BROYDNBDLS", "--out", out);
  assert.deepEqual(found(out), ["BROYDNBDLS relizo"]);
  assert.ok(existsSync(join(out, "paper-before.json")));
});

test("tables go between a file's markers, and the rest of the file stays", async () => {
  const file = at("page.md");
  const [begin, end] = ["<!-- begin: relizo bench paper --markdown -->", "<!-- end -->"];
  writeFileSync(file, `before\n${begin}\nold\n${end}\nafter\n`);
  await paper("--from", at("resumed", "paper.json"), "--markdown", file, "--out", at("again"));
  const text = readFileSync(file, "utf8");
  assert.match(
    text,
    /^before\n<!-- begin.*-->\n\nThe paper's[\s\S]*\| BROYDNBDLS [\s\S]*<!-- end -->\nafter\n$/,
  );
  assert.ok(!text.includes("old"));
});

test("a reader that leaves early leaves the report whole: it is written before anything is printed", async () => {
  const out = join(folder, "early");
  const log = console.log;
  console.log = () => {
    throw new Error("the reader is gone");
  };
  try {
    await assert.rejects(
      benchPaperCommand().parseAsync(["--from", at("resumed", "paper.json"), "--out", out], { from: "user" }),
      /reader is gone/,
    );
  } finally {
    console.log = log;
  }
  assert.ok(existsSync(join(out, "index.html")));
});
