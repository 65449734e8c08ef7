/** Requests that may take hours: `fetch` in Node gives up after five minutes without a word. Node only. */
import { Agent, type IncomingMessage, request } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";

const agent = new Agent({ keepAlive: true });
const secureAgent = new SecureAgent({ keepAlive: true });
/** Silence after which the other side is asked whether it is still there [ms]. */
const PROBE = 60_000;
/** Answers that have no body. */
const EMPTY: readonly number[] = [204, 205, 304];

/** As `fetch`, for `endpoint`, with no limit of time: the signal says when nobody waits any more. Follows no redirect. The body must be a text. */
export function patientFetch(
  url: URL,
  { method = "GET", headers, body, signal }: RequestInit,
): Promise<Response> {
  const secure = url.protocol === "https:";
  const options = {
    method,
    headers: Object.fromEntries(new Headers(headers)),
    agent: secure ? secureAgent : agent,
    ...(signal && { signal }),
  };
  return new Promise((resolve, reject) => {
    const asked = (secure ? secureRequest : request)(url, options, (incoming) =>
      resolve(responseOf(incoming)),
    );
    asked.on("error", reject);
    asked.on("socket", (socket) => socket.setKeepAlive(true, PROBE));
    asked.end(typeof body === "string" ? body : undefined);
  });
}

function responseOf(incoming: IncomingMessage): Response {
  const { statusCode: status = 0, statusMessage: statusText = "", rawHeaders } = incoming;
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
  const empty = EMPTY.includes(status);
  if (empty) incoming.resume();
  const body = empty ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>);
  return new Response(body as BodyInit | null, { status, statusText, headers });
}
