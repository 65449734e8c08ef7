/** `relizo/workers/tab`: a browser tab as a worker of a run, over WebSocket. */
import { tokenAuthenticator, usernamePasswordAuthenticator, wsconnect } from "@nats-io/nats-core";
import type { Objective } from "../../evaluate/evaluate.ts";
import type { Answer, Evaluator } from "../../evaluate/policy.ts";
import { need } from "../../option.ts";
import { addresses, LASTING, refusedAccess } from "./access.ts";
import { type Served, type ServeOptions, type Service, serve } from "./serve.ts";

export type { Served, ServeOptions, Service };

export interface TabOptions extends Pick<ServeOptions, "run">, Partial<Omit<ServeOptions, "run">> {
  /** The broker's WebSocket listener: wss://HOST:PORT, or ws://HOST:PORT for a page that did not come over https itself. */
  readonly servers: string | readonly string[];
  /** This page's own objective: a value, or a promise of one. While it computes without a pause, the tab cannot say that it lives. */
  readonly objective: Objective;
  /** Who asks, as somebody typed it: never part of the address, nor of the page. */
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
}

/**
 * Serves a run from this tab. The queue brings points, never code.
 *
 * @throws RelizoError OPTION for wrong options; EVALUATOR where no connection comes about
 */
export async function serveTab(options: TabOptions): Promise<Service> {
  const { servers, objective, user, password, token, ...rest } = options;
  need(typeof objective === "function", "OPTION", "worker: the objective must be a function", objective);
  const urls = addresses(servers, ["wss", "ws"]);
  const authenticator =
    user !== undefined
      ? usernamePasswordAuthenticator(user, password ?? "")
      : token !== undefined && tokenAuthenticator(token);
  const name = rest.name ?? `tab:${drawName()}`;
  const nc = await wsconnect({
    servers: urls.map(({ href }) => href),
    name: `relizo worker ${name}`,
    ...(authenticator && { authenticator }),
    ...LASTING,
  }).catch((cause: unknown) => {
    throw refusedAccess(urls.map(({ host }) => host).join(", "), cause);
  });
  try {
    const { ended, refused } = serve(nc, answering(objective), { ...rest, name });
    return { refused, ended: ended.finally(() => nc.close()) };
  } catch (error) {
    await nc.close();
    throw error;
  }
}

function drawName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** The objective of this thread. */
function answering(f: Objective): Evaluator {
  return {
    name: "this thread",
    capacity: 1,
    evaluate: (tasks, signal) =>
      Promise.all(
        tasks.map(async ({ candidate, step, batch }): Promise<Answer> => {
          let value: unknown;
          try {
            value = await f(candidate, { step, batch, signal });
          } catch (error) {
            return { error: error instanceof Error ? error.message : String(error) };
          }
          need(typeof value === "number", "VALUE", "the objective must return a number", value);
          return value;
        }),
      ),
    close: async () => {},
  };
}
