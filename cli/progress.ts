/** How far a command is: a bar on a terminal, a plain line every few seconds anywhere else; always on stderr. */
import { Presets, SingleBar } from "cli-progress";

export interface ProgressBar {
  update(done: number, note?: string): void;
  stop(): void;
}

/** Between two plain lines [ms]. */
const INTERVAL = 10_000;

export function progressBar(label: string, total: number): ProgressBar {
  return process.stderr.isTTY ? bar(label, total) : lines(label, total);
}

function bar(label: string, total: number): ProgressBar {
  const shown = new SingleBar(
    {
      format: `${label} {bar} {percentage} % | {duration_formatted} | {note}`,
      hideCursor: true,
      etaBuffer: 50,
      fps: 8,
      linewrap: false,
      stream: process.stderr,
    },
    Presets.shades_classic,
  );
  shown.start(total, 0, { note: "" });
  return {
    update: (done, note) => shown.update(done, note === undefined ? {} : { note }),
    stop: () => shown.stop(),
  };
}

function lines(label: string, total: number): ProgressBar {
  let last = performance.now();
  let [latest, latestNote] = [0, ""];
  const say = (): void => {
    const part = total > 0 ? Math.floor((100 * latest) / total) : 100;
    process.stderr.write(`${label}: ${part} %${latestNote === "" ? "" : `, ${latestNote}`}\n`);
  };
  return {
    update(done, note = "") {
      [latest, latestNote] = [done, note];
      if (performance.now() - last < INTERVAL) return;
      last = performance.now();
      say();
    },
    stop() {
      latestNote = "";
      say();
    },
  };
}
