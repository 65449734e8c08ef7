/** Who holds a lock, and whether that process is still there. */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { has } from "../../option.ts";

export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Where process numbers mean the same processes: a boot of a machine and a namespace in it, or a machine. */
  readonly place: string;
  /** When the process began, so that its number given to another one is not taken for it; "" where the system does not say. */
  readonly began: string;
  /** When it claimed what it holds [ms since 1970]. */
  readonly since: number;
}

/** This process, now. */
export function ourselves(): Owner {
  const { pid } = process;
  return { pid, host: hostname(), place: place(), began: beganAt(pid) ?? "", since: Date.now() };
}

/** The owner that a text of `JSON.stringify` names; undefined for anything else. */
export function readOwner(text: string): Owner | undefined {
  try {
    const owner: unknown = JSON.parse(text);
    if (!has(owner, "pid", "host", "place", "began", "since")) return undefined;
    const { pid, host, place, began, since } = owner;
    const named = typeof host === "string" && typeof place === "string" && typeof began === "string";
    const counted = typeof pid === "number" && typeof since === "number";
    return named && counted ? { pid, host, place, began, since } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a process is there; undefined where its number says nothing here. */
export function isThere(owner: Owner): boolean | undefined {
  if (owner.place !== place()) return undefined;
  try {
    process.kill(owner.pid, 0); // asks, and sends nothing
  } catch (error) {
    if (has(error, "code") && error.code === "ESRCH") return false;
  }
  const began = beganAt(owner.pid);
  return began === undefined || owner.began === "" || began === owner.began;
}

function place(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

/** Ticks of the machine when a process began, "gone" for one that has ended and waits to be noticed; undefined without /proc. */
function beganAt(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" "); // the name before may hold anything
    const state = fields[0] ?? "";
    return "ZX".includes(state) ? "gone" : fields[19];
  } catch {
    return undefined;
  }
}
