import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { inPlaceOfShell } from "./shell-line.ts";

const folder = mkdtempSync(join(tmpdir(), "relizo-shell-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const posix = process.platform === "win32" ? { skip: "there is no sh" } : {};

const ONE = [
  "sh -c 'ps -o comm= -p $$; echo \"$0 $1\"' a b",
  `  sh   -c "echo it\\"s \\$HOME; exit 3"  `,
  "/bin/sh -c 'echo $OWN' 2>err.log",
  "sh -c 'echo out; echo err >&2' 2>&1 < /dev/null",
  "sh -c 'cat; echo more' <in.txt >>out.txt",
  "ls *.none",
  "sh -c 'kill -9 $$'",
  `sh -c "echo '$OWN' $OWN" it\\'s ~`,
];
const BY_SHELL = ["echo hello", "exit 5", ": nothing", "no-such-program-anywhere 3", "true", "cd ..", "pwd"];
const MORE = [
  "OWN=2 sh -c 'echo $OWN'",
  "sh -c 'echo 1' | cat",
  "sh -c 'exit 1' && echo no",
  "sh -c 'exit 1' || echo yes",
  "sh -c 'echo 1'; echo 2",
  "sh -c 'echo 1'\necho 2",
  "cat <<END\ntext\nEND\n",
  "(exit 4)",
  "{ sh -c 'echo 1'; }",
  'sh -c "echo $(echo 1; echo 2)"',
  "sh -c 'echo 1' `echo 2`",
  "sh -c 'echo 1' $(echo 2)",
  "if true; then echo 1; fi",
  "sh -c 'sleep 0' &",
  '"sh" -c "echo 1"',
  "$SHELL_NAME -c 'echo 1'",
  "sh -c 'echo 1' # and no more",
  "sh -c 'echo \"unended'\"",
  "",
];

function ran(line: string) {
  const cwd = mkdtempSync(join(folder, "run-"));
  const env = { ...process.env, OWN: "mine", SHELL_NAME: "sh" };
  spawnSync("sh", ["-c", "echo given > in.txt"], { cwd });
  const { status, signal, stdout, stderr } = spawnSync("/bin/sh", ["-c", line], {
    cwd,
    env,
    encoding: "utf8",
  });
  const files = ["err.log", "out.txt"].map((name) => {
    try {
      return readFileSync(join(cwd, name), "utf8");
    } catch {
      return "";
    }
  });
  const code = signal === "SIGKILL" ? 128 + 9 : status; // what a shell that waited for it says
  const silent = stderr === "" || signal !== null || code === 128 + 9; // a shell also says that it was killed
  return { code, stdout: stdout.replaceAll(cwd, "."), files, silent };
}

test("a line does the same, whether its program takes the shell's place or not", posix, () => {
  for (const line of [...ONE, ...BY_SHELL]) {
    const placed = inPlaceOfShell(line);
    assert.notEqual(placed, line);
    assert.deepEqual(ran(placed), ran(line), line);
  }
  for (const line of MORE) assert.equal(inPlaceOfShell(line), line);
  for (const line of ONE) assert.equal(inPlaceOfShell(line, "win32"), line);
});

test("then no shell waits beside the program", posix, () => {
  const print = `${process.execPath} -p process.ppid`;
  assert.equal(ran(inPlaceOfShell(print)).stdout, `${process.pid}\n`);
});
