/** A program of the user's with everything that it starts, ended as one. Node only. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { eachLine } from "./lines.ts";
import { inPlaceOfShell } from "./shell-line.ts";

/** How it ended. */
export interface Ending {
  /** Exit code; null where it was ended by a signal, or never began. */
  readonly code: number | null;
  /** "exit code 2", "signal SIGKILL", or why it could not begin. */
  readonly how: string;
  /** The last lines of its stderr. */
  readonly lastWords: string;
}

export interface Program {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** When it has ended and all it printed has been read; never rejects. */
  readonly ended: Promise<Ending>;
  /** Asks it to end, and everything that it started; after a second they are ended. */
  end(): Promise<void>;
}

/** Those that live, for the end of this process. */
const alive = new Set<number>();
let watching = false;

/** Time for what is asked to end [ms]. */
const GRACE = 1000;
/** A line of stderr longer than this is cut [characters]. */
const LONGEST_LINE = 10_000;
const LAST_WORDS = 5;

/** Runs a line of the shell in a process group of its own; `said` is told its stderr, line by line. */
export function startProgram(
  line: string,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  said: (line: string) => void,
): Program {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(inPlaceOfShell(line), {
    shell: true,
    detached: process.platform !== "win32", // leads a process group
    cwd,
    env: { ...env },
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  watch(child.pid);
  child.stdin.on("error", () => {}); // it is gone: `ended` tells how
  const words: string[] = [];
  eachLine(child.stderr, LONGEST_LINE, (text) => {
    if (words.push(text) > LAST_WORDS) words.shift();
    said(text);
  });
  const ended = new Promise<Ending>((resolve) => {
    const tell = (code: number | null, how: string): void => {
      if (child.pid !== undefined) alive.delete(child.pid);
      resolve({ code, how, lastWords: words.join("\n") });
    };
    child.on("error", (error) => {
      if (child.pid === undefined) tell(null, error.message);
    });
    child.on("exit", () => {
      signalGroup(child.pid, "SIGKILL"); // what it left behind
      setTimeout(() => [child.stdout, child.stderr].map((stream) => stream.destroy()), GRACE).unref();
    });
    child.on("close", (code, signal) => tell(code, code === null ? `signal ${signal}` : `exit code ${code}`));
  });
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    ended,
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return void (await ended);
      signalGroup(child.pid, "SIGTERM");
      const timer = setTimeout(() => signalGroup(child.pid, "SIGKILL"), GRACE);
      await ended;
      clearTimeout(timer);
    },
  };
}

function watch(pid: number | undefined): void {
  if (pid === undefined) return;
  alive.add(pid);
  if (watching) return;
  watching = true;
  process.on("exit", () => {
    for (const one of alive) signalGroup(one, "SIGKILL");
  });
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch {} // there is nobody left
}
