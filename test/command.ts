import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

/** What this process would tell npm by its environment about the package it was started from; a stranger says nothing. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => name !== "NODE_TEST_CONTEXT" && !/^npm_(package|lifecycle|config_local)/.test(name),
  ),
);

/** Runs a program to its end and returns what it printed; fails with all its output unless it exits with 0. */
export function succeeds(program: string, args: readonly string[], cwd: string, input = ""): string {
  const limit = { timeout: 300_000, maxBuffer: 64 * 1024 * 1024 };
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    input,
    encoding: "utf8",
    env: environment,
    ...limit,
  });
  const said = `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`.trim();
  assert.equal(
    status,
    0,
    `${program} ${args.join(" ")} ended with ${status ?? signal ?? "no exit code"}:\n${said}`,
  );
  return stdout;
}
