/** Queries answered over HTTP: a POST for each batch. For browsers as well. */
import { RelizoError } from "../error.ts";
import type { Answer, Evaluator } from "../evaluate/policy.ts";
import type { Task } from "../evaluate/task.ts";
import { custom, has, need, readOptions, whole } from "../option.ts";
import { closedError } from "./closed.ts";
import { headersFrom } from "./endpoint-headers.ts";
import { answerIn, read, textOf } from "./json-numbers.ts";
import { bodyOf } from "./response-body.ts";

export interface EndpointOptions {
  /** Where to POST: http: or https:, without a user or a password in it. */
  readonly url: string | URL;
  /** Sent with each request. $NAME in a value is that variable of the environment, $$ a dollar sign. */
  readonly headers: Readonly<Record<string, string>>;
  /** Requests that are worth having under way at once. Default 4. */
  readonly requests: number;
  /** Does the requests. Default: the global one, which in Node gives up after five minutes without a word; `patientFetch` does not. */
  readonly fetch: (url: URL, request: RequestInit) => Promise<Response>;
}

/** Most bytes of an answer: so many, and so many for each task. */
const LARGEST = [65_536, 4096] as const;

/**
 * A service that answers queries: {"tasks": [{round, index, step, batch, x}]} is answered by {"values": [...]}, each a number, null or
 * "NaN" where it failed, or {"error": "why"}. Where the environment has RELIZO_TOKEN, it goes along as a bearer token, over https or to this
 * machine only.
 *
 * @throws RelizoError OPTION for an unknown option or a value outside its range, and for a header whose variable is missing. A query rejects with
 *   OPTION where the service refuses the request (4xx but 408 and 429, or a redirect), with VALUE where it answers with JSON of another form
 */
export function endpoint(options: Partial<EndpointOptions> & Pick<EndpointOptions, "url">): Evaluator {
  const given = readOptions<EndpointOptions>("endpoint", options, {
    url: custom<string | URL>("", "an http: or https: address", isAddress),
    headers: custom({}, "an object of texts", isHeaders),
    requests: whole(4, 1),
    fetch: custom<EndpointOptions["fetch"]>(globalThis.fetch, "a function", isFetch),
  });
  need(given.url !== "", "OPTION", "endpoint: url must be an address", undefined);
  const url = new URL(given.url);
  if (url.username !== "" || url.password !== "")
    throw new RelizoError(
      "OPTION",
      `endpoint: url must be without a user and a password, which belong in the environment: headers: { Authorization: "Basic $NAME" }.`,
    );
  const headers = headersFrom(url, given.headers);
  const name = url.origin + url.pathname;
  const request = given.fetch; // a page's own refuses to be called as a method of anything else

  const closing = new AbortController();

  async function answers(tasks: readonly Task[], ended: AbortSignal): Promise<readonly Answer[]> {
    if (closing.signal.aborted) throw closedError(name);
    const signal = AbortSignal.any([ended, closing.signal]);
    const body = `{"tasks":[${tasks.map(taskText).join(",")}]}`;
    const response = await request(url, { method: "POST", headers, body, signal, redirect: "manual" }).catch(
      (error: unknown) => {
        throw new RelizoError("EVALUATOR", `${name} could not be reached: ${depths(error)}.`, {
          cause: error,
        });
      },
    );
    const text = await bodyOf(response, LARGEST[0] + LARGEST[1] * tasks.length).catch((error: unknown) => {
      throw new RelizoError("EVALUATOR", `${name}: its answer broke off: ${depths(error)}.`, {
        cause: error,
      });
    });
    if (!response.ok) refused(name, response, text);
    return valuesIn(name, text, tasks.length);
  }

  return {
    name,
    capacity: given.requests,
    evaluate: answers,
    close: async () => closing.abort(closedError(name)),
  };
}

function taskText({ round, index, step, batch, candidate }: Task): string {
  return `${JSON.stringify({ round, index, step, batch }).slice(0, -1)},"x":${textOf(candidate)}}`;
}

function refused(name: string, response: Response, text: string): never {
  const { status, statusText } = response;
  const said =
    `${name} answered ${status} ${statusText}`.trim() + (text.trim() === "" ? "." : `: ${beginning(text)}`);
  const moved = response.type === "opaqueredirect" || (status >= 300 && status < 400);
  if (moved) {
    const to = response.headers.get("location");
    throw new RelizoError(
      "OPTION",
      `${name} redirects${to === null ? "" : ` to ${to}`}; name the address itself.`,
    );
  }
  if (status >= 400 && status < 500 && status !== 408 && status !== 429)
    throw new RelizoError("OPTION", said);
  throw Object.assign(new RelizoError("EVALUATOR", said), {
    wait: waitOf(response.headers.get("retry-after")),
  });
}

/** Seconds, or a date. */
function waitOf(after: string | null): number {
  if (after === null) return 0;
  const seconds = /^\d+$/.test(after.trim()) ? Number(after) : (Date.parse(after) - Date.now()) / 1000;
  return Math.max(0, seconds);
}

function valuesIn(name: string, text: string, count: number): readonly Answer[] {
  const said = read(text);
  if (said === undefined)
    throw new RelizoError(
      "EVALUATOR",
      `${name} must answer with JSON, got ${text.length} characters: ${beginning(text)}`,
    );
  const values: readonly unknown[] = has(said, "values") && Array.isArray(said.values) ? said.values : [];
  const answers = values.flatMap((value) => answerIn(value) ?? []);
  if (answers.length === count && values.length === count) return answers;
  throw new RelizoError(
    "VALUE",
    `${name} must answer {"values": [...]} with ${count} of a number, null or {"error": "why"}, got ${beginning(text)}`,
  );
}

function beginning(text: string): string {
  return JSON.stringify(text.trim().slice(0, 200));
}

/** An error with its causes: what fetch throws says little by itself. */
function depths(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = has(error, "code") && typeof error.code === "string" ? error.code : "";
  const own = error.message || code || error.name;
  return error.cause === undefined ? own : `${own}: ${depths(error.cause)}`;
}

function isAddress(value: unknown): value is string | URL {
  if (typeof value !== "string" && !(value instanceof URL)) return false;
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function isHeaders(value: unknown): value is EndpointOptions["headers"] {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((one) => typeof one === "string")
  );
}

function isFetch(value: unknown): value is EndpointOptions["fetch"] {
  return typeof value === "function";
}
