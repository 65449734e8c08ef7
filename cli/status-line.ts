/** One line that changes, below lines that stay; on stderr. Where no terminal shows it, it is written now and then. */
export interface StatusLine {
  /** What the line says now. */
  show(text: string): void;
  /** A line that stays. */
  say(text: string): void;
  /** The last word. */
  end(text: string): void;
}

/** Between two states of the line on a terminal, and elsewhere [ms]. */
const FRAME = 120;
const INTERVAL = 10_000;
const CLEAR = "\r\u001b[2K";

export function statusLine(): StatusLine {
  const { stderr } = process;
  const live = stderr.isTTY;
  let [shown, last] = ["", performance.now()];
  return {
    show(text) {
      const now = performance.now();
      if (now - last < (live ? FRAME : INTERVAL)) return;
      last = now;
      shown = text.slice(0, Math.max(1, (stderr.columns ?? 81) - 1));
      stderr.write(live ? `${CLEAR}${shown}` : `${text}\n`);
    },
    say(text) {
      stderr.write(live && shown !== "" ? `${CLEAR}${text}\n${shown}` : `${text}\n`);
    },
    end(text) {
      stderr.write(live && shown !== "" ? `${CLEAR}${text}\n` : `${text}\n`);
    },
  };
}
