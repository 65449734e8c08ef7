/** How far a command is: a bar on a terminal, a plain line every few seconds anywhere else; always on stderr. */
import { Presets, SingleBar } from "cli-progress";

export interface ProgressBar {
  update(done: number, note?: string): void;
  stop(): void;
}

/** Between two plain lines; and where the later one has nothing new to say [ms]. */
const INTERVAL = 4000;
const STILL = 60_000;

/** "3 min left", once enough is done to tell. */
function left(began: number, part: number): string {
  const gone = (performance.now() - began) / 1000;
  if (!(gone > 5 && part > 0.02 && part < 1)) return "";
  const seconds = (gone * (1 - part)) / part;
  return seconds < 90
    ? `about ${Math.ceil(seconds / 5) * 5} s left`
    : `about ${Math.round(seconds / 60)} min left`;
}

export function progressBar(label: string, total: number): ProgressBar {
  return process.stderr.isTTY ? bar(label, total) : lines(label, total);
}

/** Of the room on a line, what the words leave, so that they are seen on a narrow terminal too. */
export function barSize(label: string, room: number): number {
  return Math.max(4, Math.min(40, room - label.length - 48));
}

function bar(label: string, total: number): ProgressBar {
  const shown = new SingleBar(
    {
      format: `${label} {percentage} % {bar} {duration_formatted} | {note} {left}`,
      barsize: barSize(label, process.stderr.columns),
      hideCursor: true,
      etaBuffer: 50,
      fps: 8,
      linewrap: false,
      stream: process.stderr,
    },
    Presets.shades_classic,
  );
  const began = performance.now();
  shown.start(total, 0, { note: "", left: "" });
  return {
    update: (done, note) =>
      shown.update(done, { left: left(began, done / total), ...(note !== undefined && { note }) }),
    stop: () => shown.stop(),
  };
}

function lines(label: string, total: number): ProgressBar {
  const began = performance.now();
  let last = began;
  let [latest, latestNote, said] = [0, "", ""];
  const say = (rest: readonly string[]): void => {
    const part = total > 0 ? Math.floor((100 * latest) / total) : 100;
    process.stderr.write(`${[`${label}: ${part} %`, ...rest].join(", ")}\n`);
  };
  return {
    update(done, note = "") {
      [latest, latestNote] = [done, note];
      if (performance.now() - last < (note === said ? STILL : INTERVAL)) return;
      [last, said] = [performance.now(), note];
      say([latestNote, left(began, latest / total)].filter((word) => word !== ""));
    },
    stop() {
      say([]);
    },
  };
}
