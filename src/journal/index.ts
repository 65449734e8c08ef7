/** Runs that outlive the process: the names of `relizo/journal`, for Node and browsers alike. */
export type { StampOf } from "./digest.ts";
export type { Tail } from "./frames.ts";
export { Journal, type Mark } from "./journal.ts";
export { minimizeRecorded, type RecordedOptions, type RecordedSolution } from "./minimize-recorded.ts";
export type { Pending } from "./pending.ts";
export { type JournalContents, readJournal } from "./read.ts";
export type { JournalHeader, JournalNote, JournalRound, PendingAnswer } from "./record.ts";
export { recorded } from "./recorded.ts";
export type { Part, Store } from "./store.ts";
