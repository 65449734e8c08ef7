/** The state of a run in a file of its own: it only shortens a replay, so one that does not serve is ignored. */
import { Decoder, Encoder, ExtensionCodec } from "@msgpack/msgpack";
import { has } from "../option.ts";
import type { RunState } from "../run/minimize.ts";
import { firstSum, frame, PREAMBLE, payloadAt, preamble, verify } from "./frames.ts";
import type { Mark } from "./journal.ts";
import { checkRoom } from "./room.ts";
import { RELIZO_VERSION } from "./version.ts";

export interface Snapshot {
  /** Checksum of the header of the journal that it belongs to. */
  readonly journal: Uint8Array;
  /** Where in that journal the run was. */
  readonly mark: Mark;
  readonly state: RunState;
}

const ARRAYS = { Float64Array, Float32Array, Int32Array, Uint32Array, Uint8Array } as const;
const KINDS: readonly (keyof typeof ARRAYS)[] = [
  "Float64Array",
  "Float32Array",
  "Int32Array",
  "Uint32Array",
  "Uint8Array",
];

const codec = new ExtensionCodec();
KINDS.forEach((kind, type) => {
  codec.register({
    type,
    encode: (part) =>
      ArrayBuffer.isView(part) && part.constructor.name === kind
        ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
        : null,
    decode: (bytes) => new ARRAYS[kind](Uint8Array.from(bytes).buffer),
  });
});
/** Numbers as float64, all of them: -0 is no integer. */
const encoder = new Encoder({ extensionCodec: codec, forceIntegerToFloat: true, ignoreUndefined: true });
const decoder = new Decoder({ extensionCodec: codec });

const SNAPSHOT = 0;

export function encodeSnapshot({ journal, mark, state }: Snapshot): Uint8Array {
  const payload = encoder.encode([
    SNAPSHOT,
    { relizo: RELIZO_VERSION, journal, round: mark.round, offset: mark.offset, sum: mark.sum },
    state,
  ]);
  const record = frame(firstSum("snapshot"), payload);
  const bytes = new Uint8Array(PREAMBLE + record.length);
  bytes.set(preamble("snapshot"));
  bytes.set(record, PREAMBLE);
  return bytes;
}

/**
 * What `encodeSnapshot` made; or why it does not serve.
 *
 * @param name  of the file, for the reason
 */
export function decodeSnapshot(name: string, bytes: Uint8Array): Snapshot | string {
  try {
    const { records, tail } = verify(name, bytes, "snapshot");
    if (records !== 1 || tail.state !== "whole") return `${name} is not whole`;
    const { payload } = payloadAt(bytes, PREAMBLE);
    checkRoom(payload);
    const made: unknown = decoder.decode(payload);
    const [, head, state]: readonly unknown[] = Array.isArray(made) ? made : [];
    if (!(has(head, "relizo", "journal", "round", "offset", "sum") && isState(state)))
      return `${name} holds something else`;
    const { relizo, journal, round, offset, sum } = head;
    if (relizo !== RELIZO_VERSION) return `${name} was made by relizo ${relizo}, this is ${RELIZO_VERSION}`;
    if (!(journal instanceof Uint8Array && sum instanceof Uint8Array)) return `${name} holds something else`;
    return { journal, mark: { round: Number(round), offset: Number(offset), sum }, state };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return why.replace(/\.$/, "");
  }
}

/** Whether it may be a state; `minimize` checks that it is one of its method and its dimension. */
export function isState(value: unknown): value is RunState {
  return has(value, "method", "state", "best", "queries", "failures");
}
