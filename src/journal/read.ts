/** A journal from its bytes, for those who only look: nothing is changed, and nothing is skipped unsaid. */
import { RelizoError } from "../error.ts";
import { PREAMBLE, payloadAt, type Tail, tailText, verify } from "./frames.ts";
import {
  type JournalHeader,
  type JournalNote,
  type JournalRecord,
  type JournalRound,
  readRecord,
} from "./record.ts";

export interface JournalContents {
  /** Undefined where the file ends before its first record does. */
  readonly header: JournalHeader | undefined;
  readonly rounds: readonly JournalRound[];
  readonly notes: readonly JournalNote[];
  /** How the file ends: after the records above, whole or torn. */
  readonly tail: Tail;
  /** The same in a sentence. */
  readonly said: string;
  /** Bytes of whole records. */
  readonly bytes: number;
}

export interface JournalCheck {
  /** Whole records before the end, or before the first fault; the header is the first. */
  readonly records: number;
  /** Where the last of them ends [bytes]. */
  readonly end: number;
  readonly tail: Tail;
  /** The same in a sentence. */
  readonly said: string;
}

/**
 * How far a journal is whole, record by record.
 *
 * @throws RelizoError JOURNAL when the bytes are no journal, or one of a newer format
 */
export function verifyJournal(bytes: Uint8Array, name = "the journal"): JournalCheck {
  const verified = verify(name, bytes, "journal");
  return { ...verified, said: tailText(name, verified) };
}

/**
 * What a journal holds, up to the last whole record.
 *
 * @param name  of the file, for messages
 * @throws RelizoError JOURNAL when whole records come after a damaged one, when the bytes are no journal, or one of a newer format
 */
export function readJournal(bytes: Uint8Array, name = "the journal"): JournalContents {
  const verified = verify(name, bytes, "journal");
  needUndamaged(name, verified);
  let header: JournalHeader | undefined;
  const rounds: JournalRound[] = [];
  const notes: JournalNote[] = [];
  for (let at = PREAMBLE, record = 0; record < verified.records; record++) {
    const { payload, end } = payloadAt(bytes, at);
    const one = readRecord(name, payload, record);
    needPlace(name, one, record);
    if ("header" in one) header = one.header;
    else if ("round" in one) rounds.push(one.round);
    else notes.push(one.note);
    at = end;
  }
  return { header, rounds, notes, tail: verified.tail, said: tailText(name, verified), bytes: verified.end };
}

/** @throws RelizoError JOURNAL when whole records come after a damaged one: what is between them may not be skipped */
export function needUndamaged(name: string, verified: ReturnType<typeof verify>): void {
  if (verified.tail.state === "damaged")
    throw new RelizoError(
      "JOURNAL",
      `${tailText(name, verified)} Restore the file; or cut it off at byte ${verified.tail.at}, which loses all that comes after.`,
    );
}

/** @throws RelizoError JOURNAL unless the first record is the header, and the only one */
export function needPlace(name: string, one: JournalRecord, record: number): void {
  if ("header" in one !== (record === 0))
    throw new RelizoError(
      "JOURNAL",
      `${name}: record ${record} ${record === 0 ? "is no header, which comes first" : "is a second header"}.`,
    );
}
