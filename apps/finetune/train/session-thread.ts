/** What runs in a thread of `openNodeSessions`: a session, the parameters, and a replica that follows their updates. */
import { workerData } from "node:worker_threads";
import { type ErrorCode, RelizoError } from "../../../src/index.ts";
import { type Feeds, type InputInfo, parseModel, type Session, type Value } from "../../../src/onnx/index.ts";
import { openNodeSession } from "../../../src/onnx/session/node.ts";
import { Parameters, unflatten } from "../../../src/parameters/index.ts";
import { openKernels, type Replica, type SeededOptions, type Update } from "../../../src/run/kernels.ts";
import type { Placing } from "./pool.ts";
import { Stack, type StackForm } from "./stack.ts";

/** What each thread begins with. */
export interface Given {
  /** The model, in memory that all share. */
  readonly bytes: Uint8Array;
  /** Where the numbers lie that it only names. */
  readonly folder: string | undefined;
}

/** The parameters, all of them. */
export interface Seated {
  readonly tensors: readonly (readonly [
    string,
    { readonly shape: readonly number[]; readonly data: Float32Array },
  ])[];
  readonly form: StackForm | undefined;
  readonly stack: number | undefined;
  readonly directions: Partial<SeededOptions> | undefined;
  /** What updates wrote until now, by number. */
  readonly vectors: readonly Float32Array[];
}

/** One pass, after what is new of the parameters; without outputs only what the model is. */
export interface Work {
  readonly seat?: Seated;
  readonly updates?: readonly Update[];
  readonly placing?: Placing | undefined;
  readonly feeds: Feeds;
  readonly outputs: readonly string[];
}

/** What a pass found, or what the model is; or why there is no such thing. */
export type Said =
  | { readonly found: Readonly<Record<string, Value>> }
  | { readonly about: About }
  | { readonly code: ErrorCode; readonly message: string };

export interface About {
  readonly inputs: readonly InputInfo[];
  readonly outputs: readonly string[];
}

const opening = open(workerData as Given);
opening.catch(() => {}); // told to the first pass
const kernels = openKernels();
kernels.catch(() => {});

let seated: { readonly parameters: Parameters; readonly stack: Stack; readonly replica: Replica | undefined };

export default async function work({ seat, updates = [], placing, feeds, outputs }: Work): Promise<Said> {
  try {
    const session = await opening;
    if (outputs.length === 0) return { about: { inputs: session.inputs, outputs: session.outputs } };
    if (seat) seated = await sit(session, seat);
    for (const update of updates) seated.replica?.apply(update);
    if (placing) put(placing);
    else seated?.replica?.restore();
    seated?.stack.bind(placing?.size);
    return { found: await session.run(feeds, outputs) };
  } catch (error) {
    if (!(error instanceof RelizoError)) throw error;
    return { code: error.code, message: error.message };
  }
}

async function open({ bytes, folder }: Given): Promise<Session> {
  const external = folder === undefined ? undefined : { folder, read: unread, size: unread };
  return openNodeSession(parseModel(bytes.slice(), "the model", external), { threads: 1 });
}

async function unread(): Promise<never> {
  throw new RelizoError("STATE", "the runtime reads these numbers itself.");
}

async function sit(session: Session, { tensors, form, stack, directions, vectors }: Seated) {
  const parameters = Parameters.from(new Map(tensors));
  const space = directions && (await kernels).seeded(directions);
  return {
    parameters,
    stack: new Stack(session, parameters, form, stack),
    replica: space?.replica(parameters, vectors),
  };
}

function put({ places }: Placing): void {
  const { parameters, replica, stack } = seated;
  for (const [place, candidate] of places) {
    if (candidate instanceof Float64Array) unflatten(parameters, candidate);
    else replica?.place(candidate);
    stack.put(place);
  }
}
