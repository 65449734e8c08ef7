import { RelizoError } from "../error.ts";

/** For whoever asks after the end. */
export function closedError(name: string): RelizoError {
  return new RelizoError("OPTION", `${name}: closed; nothing can be asked any more.`);
}
