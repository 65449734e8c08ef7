import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { RelizoError } from "../error.ts";
import { type Answer, askBy } from "../evaluate/policy.ts";
import { type CommandOptions, command } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "relizo-command-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const python = spawnSync("python3", ["--version"]).status === 0 ? {} : { skip: "there is no python3" };

const task = (index: number, ...x: number[]) => ({
  round: 1,
  index,
  step: 4,
  batch: 2,
  candidate: Float64Array.from(x),
});

/** Answers, or the error, of one task after the other, each as a call of its own; and what was logged. */
async function ask(options: Partial<CommandOptions> & Pick<CommandOptions, "command">, times = 1) {
  const logged: string[] = [];
  const evaluator = command({ log: (line) => logged.push(line), ...options });
  const said: (Answer | undefined)[] = [];
  const errors: RelizoError[] = [];
  for (let i = 0; i < times; i++)
    await evaluator.evaluate([task(i, i + 0.5, -0)], new AbortController().signal).then(
      ([answer]) => said.push(answer),
      (error: unknown) => {
        assert.ok(error instanceof RelizoError, String(error));
        said.push(undefined);
        errors.push(error);
      },
    );
  await evaluator.close();
  return { said, errors, logged, first: errors[0] };
}

/** A program for the shell that reads one line and does something. */
const lines = (body: string): string => `while read -r line; do ${body}; done`;

test("what a program is told, in one line", async () => {
  const file = join(folder, "told");
  await ask({ command: lines(`echo "$line" >> '${file}'; echo '{"id": 0, "value": 1}'`) });
  assert.equal(
    readFileSync(file, "utf8"),
    '{"id":0,"round":1,"index":0,"step":4,"batch":2,"x":[0.5,-0.0]}\n',
  );
});

for (const [line, needed] of [
  ['{"id": 0}', /an answer must be \{"id": \.\.\., "value": a number.*got \{"id": 0\}\.$/],
  ['{"id": 0, "value": "12"}', /got \{"id": 0, "value": "12"\}/],
  ['{"id": 0, "value": true}', /must be/],
  ['{"id": 0, "error": 3}', /must be/],
] as const)
  test(`${line} is no answer, and the run is told so`, async () => {
    const { first } = await ask({ command: lines(`echo '${line}'`) });
    assert.equal(first?.code, "VALUE");
    assert.match(first.message, needed);
  });

test("an answer may be a word of Python's, an error, or null", async () => {
  const body = `case "$line" in
    *'"id":0,'*) echo '{"id": 0, "value": NaN}';;
    *'"id":1,'*) echo '{"id": 1, "error": "no mesh"}';;
    *'"id":2,'*) echo '{"id": 2, "value": null}';;
    *) echo '{"value": -Infinity, "id": 3}';; esac`;
  const { said } = await ask({ command: lines(body) }, 4);
  assert.deepEqual(said, [Number.NaN, { error: "no mesh" }, Number.NaN, -Infinity]);
});

test("what else a program prints is passed on with its line", async () => {
  const body = `echo hello; echo '{"id": 77, "value": 1}'; echo; echo careful >&2; echo '{"id": 0, "value": 5}'`;
  const { said, logged } = await ask({ command: lines(body) });
  assert.deepEqual(said, [5]);
  assert.equal(logged.length, 3);
  assert.ok(logged.includes("careful"));
  assert.ok(logged.some((line) => line.endsWith("stdout says what answers no task under way: hello")));
  assert.ok(logged.some((line) => line.includes('"id": 77')));
});

test("a program that ends is started again for the next task", async () => {
  const once = `read -r line; id=\${line#*:}; echo "{\\"id\\": \${id%%,*}, \\"value\\": 7}"`;
  const evaluator = command({ command: once, log: () => {} });
  const tasks = [0, 1, 2].map((index) => task(index, 1));
  const values: number[] = [];
  await askBy(evaluator, { retries: 50, backoff: 0.01 })(tasks, {
    signal: new AbortController().signal,
    began() {},
    answered: (_, value) => values.push(value),
  });
  await evaluator.close();
  assert.deepEqual(values, [7, 7, 7]);
  const { first, errors } = await ask({ command: "read -r line; echo out of memory >&2; exit 3" }, 2);
  assert.equal(errors.length, 2);
  assert.match(
    first!.message,
    /: ended with exit code 3 in the middle of its task; its last words: out of memory$/,
  );
  const { errors: none } = await ask({ command: "no-such-program-anywhere" });
  assert.match(none[0]!.message, /ended with exit code 127 .*no-such-program-anywhere/);
});

test("a program that closes its stdout and lives is ended, and its task tried again", async () => {
  const once = join(folder, "mute");
  const line = `if [ -e '${once}' ]; then echo '{"id": 1, "value": 7}'; else : > '${once}'; exec >&-; exec sleep 1000; fi`;
  const evaluator = command({ command: lines(line), log: () => {} });
  const attempts: string[] = [];
  const values: number[] = [];
  await askBy(evaluator, { backoff: 0 }, (said) => attempts.push(said))([task(0, 1)], {
    signal: new AbortController().signal,
    began() {},
    answered: (_, value) => values.push(value),
  });
  await evaluator.close();
  assert.deepEqual(values, [7]);
  assert.equal(attempts.length, 1);
  assert.match(attempts[0]!, /closed its stdout in the middle of its task/);
});

test("the same for a program that a line names by itself", python, async () => {
  const once = join(folder, "mute-once");
  writeFileSync(
    join(folder, "mute.py"),
    `import os, sys, time
for line in sys.stdin:
    if os.path.exists(${JSON.stringify(once)}):
        print('{"id": 1, "value": 7}', flush=True)
    else:
        open(${JSON.stringify(once)}, "w").close()
        os.close(1)
        time.sleep(1000)
`,
  );
  const evaluator = command({ command: "python3 mute.py", cwd: folder, log: () => {} });
  const attempts: string[] = [];
  const values: number[] = [];
  await askBy(evaluator, { backoff: 0, retries: 1 }, (said) => attempts.push(said))([task(0, 1)], {
    signal: new AbortController().signal,
    began() {},
    answered: (_, value) => values.push(value),
  });
  await evaluator.close();
  assert.deepEqual(values, [7]);
  assert.match(attempts.join(), /^[^,]*closed its stdout in the middle of its task/);
});

test("when one task of a program is given up, the others are to be tried again", async () => {
  const evaluator = command({ command: lines("sleep 1000 &"), underWay: 2, log: () => {} });
  const stop = new AbortController();
  const [first, second] = [
    evaluator.evaluate([task(0, 1)], stop.signal),
    evaluator.evaluate([task(1, 1)], new AbortController().signal),
  ];
  stop.abort();
  for (const one of [first, second]) await assert.rejects(one, { code: "EVALUATOR" });
  await evaluator.close();
});

const RUN = { mode: "files" } as const;

test("a program for each query finds x in its file and its task in the environment, and leaves no file", async () => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith("relizo-x-"));
  const file = join(folder, "x");
  const line = `cat {x} > '${file}'; echo " $RELIZO_ROUND $RELIZO_INDEX $RELIZO_STEP $RELIZO_BATCH $OWN" >> '${file}'; echo text; echo 2.5e-3; echo`;
  const { said } = await ask({ ...RUN, command: line, env: { OWN: "mine" } });
  assert.deepEqual(said, [2.5e-3]);
  assert.equal(readFileSync(file, "utf8"), "[0.5,-0.0] 1 0 4 2 mine\n");
  const now = readdirSync(tmpdir()).filter((name) => name.startsWith("relizo-x-") && !before.includes(name));
  assert.deepEqual(now, []);
});

for (const [printed, value] of [
  ["nan", Number.NaN],
  ["None", Number.NaN],
  ["-inf", -Infinity],
  ["Infinity", Infinity],
  ["-0.0", -0],
  ["+.5E+2", 50],
  ["5e-324", 5e-324],
] as const)
  test(`a last line of ${printed} is ${value}`, async () => {
    assert.deepEqual((await ask({ ...RUN, command: `echo ${printed}; : {x}` })).said, [value]);
  });

test("a program that fails has answered; one that did not get so far has not", async () => {
  const failed = await ask({ ...RUN, command: "echo 3; echo singular matrix >&2; exit 1; {x}" });
  assert.deepEqual(failed.said, [{ error: "exit code 1: singular matrix" }]);
  for (const [line, said] of [
    ["no-such-program-anywhere {x}", /gave no answer, exit code 127: .*no-such-program-anywhere/],
    ["kill -9 $$; {x}", /gave no answer, signal SIGKILL/],
    ["sh -c 'kill -11 $$' {x}; exit $?", /gave no answer, exit code 139/],
  ] as const) {
    const { first } = await ask({ ...RUN, command: line });
    assert.equal(first?.code, "EVALUATOR");
    assert.match(first.message, said);
  }
  for (const line of ["echo loss: 3 {x}", ": {x}", "echo 0x10; : {x}"]) {
    const { first } = await ask({ ...RUN, command: line });
    assert.equal(first?.code, "VALUE");
    assert.match(
      first.message,
      /the last line of its stdout must be a number, or nan where it failed, got "/,
    );
  }
});

test("wrong options are refused at the door", () => {
  const wrong = (options: object, said: RegExp): void => {
    assert.throws(() => command(options as CommandOptions), { code: "OPTION", message: said });
  };
  wrong({}, /command must be a line for the shell/);
  wrong({ command: "cat", mode: "files" }, /\{x\} must stand where the path belongs, got "cat"/);
  wrong({ command: "cat {x}", mode: "files", underWay: 2 }, /underWay is for mode lines/);
  wrong({ command: "cat", cwd: join(folder, "no") }, /cwd must be a folder that exists/);
  wrong({ command: "cat", processes: 0 }, /processes must be a whole number from 1/);
  wrong({ command: "cat", env: { A: 1 } }, /env must be an object of texts/);
  wrong({ command: "cat", shell: true }, /an option must be one of/);
});

for (const [title, ending, line] of [
  [
    "exits without closing",
    "process.exit(0)",
    "sleep 1000 & echo $! >> PIDS; read -r a; echo ANSWER; read -r b; sleep 1000",
  ],
  ["is killed", 'process.kill(process.pid, "SIGKILL")', "read -r a; echo ANSWER; read -r b"],
] as const)
  test(`when this process ${title}, nothing of its programs is left`, async () => {
    const script = join(folder, "ends.mts");
    const pids = join(folder, `${title}.pids`);
    const said = line.replaceAll("PIDS", `'${pids}'`).replace("ANSWER", `'{"id": 0, "value": 1}'`);
    writeFileSync(
      script,
      `import { command } from ${JSON.stringify(new URL("./command.ts", import.meta.url).href)};
       const tasks = [{ round: 0, index: 0, step: 0, batch: 0, candidate: Float64Array.of(1) }];
       const evaluator = command({ command: ${JSON.stringify(`echo $$ >> '${pids}'; ${said}`)} });
       await evaluator.evaluate(tasks, new AbortController().signal);
       ${ending};`,
    );
    const { stderr } = spawnSync(process.execPath, ["--import", "tsx", script], { encoding: "utf8" });
    assert.equal(stderr, "");
    await allGone(pids);
  });

test("who does not end when asked to is ended", async () => {
  const pids = join(folder, "deaf.pids");
  const evaluator = command({
    ...RUN,
    command: `trap '' TERM; echo $$ >> '${pids}'; while :; do sleep 1; done; {x}`,
  });
  const stop = new AbortController();
  const work = evaluator.evaluate([task(0, 1)], stop.signal);
  while (!existsSync(pids)) await new Promise((resolve) => setTimeout(resolve, 10));
  stop.abort();
  await assert.rejects(work, { code: "EVALUATOR", message: /gave no answer, signal SIGKILL/ });
  await evaluator.close();
  await allGone(pids);
});

test("a program in Python, as docs/evaluators.md has it", python, async () => {
  const page = readFileSync("docs/evaluators.md", "utf8");
  const [stays, once] = [...page.matchAll(/^```python\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
  writeFileSync(join(folder, "eval.py"), stays!);
  writeFileSync(join(folder, "once.py"), once!);
  assert.deepEqual((await ask({ command: "python3 eval.py", cwd: folder }, 3)).said, [0.25, 2.25, 6.25]);
  assert.deepEqual(
    (await ask({ ...RUN, command: "python3 once.py {x}", cwd: folder }, 2)).said,
    [0.25, 2.25],
  );
});

async function allGone(file: string): Promise<void> {
  const pids = readFileSync(file, "utf8").trim().split("\n");
  for (let tries = 0; tries < 200 && !pids.every(isGone); tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(
    pids.filter((pid) => !isGone(pid)),
    [],
  );
}

/** Gone, or ended and not yet buried. */
function isGone(pid: string): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}
