/** Runs that outlive the process: the names of `relizo/journal`, for Node and browsers alike. */
export { browserJournalBytes, openBrowserJournal } from "./browser.ts";
export { type StampOf, trajectoryOf } from "./digest.ts";
export type { Tail } from "./frames.ts";
export { Journal, type Mark } from "./journal.ts";
export { minimizeRecordedInDevice, type RecordedInDeviceOptions } from "./minimize-in-device.ts";
export {
  minimizeRecordedInPlace,
  type RecordedInPlaceOptions,
  type RecordedInPlaceSolution,
} from "./minimize-in-place.ts";
export { minimizeRecorded, type RecordedOptions, type RecordedSolution } from "./minimize-recorded.ts";
export type { Pending } from "./pending.ts";
export { type JournalCheck, type JournalContents, readJournal, verifyJournal } from "./read.ts";
export type { JournalHeader, JournalNote, JournalRound, PendingAnswer } from "./record.ts";
export { recorded } from "./recorded.ts";
export {
  type Replayed,
  type ReplayedInPlace,
  type ReplayInPlaceOptions,
  type ReplayOptions,
  replayJournal,
  replayJournalInPlace,
} from "./replay.ts";
export type { Part, Store } from "./store.ts";
