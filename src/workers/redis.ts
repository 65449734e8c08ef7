/** A connection to a Redis broker from Node, over TCP or TLS, that is made again for as long as it is wanted. */
import { once } from "node:events";
import type { Redis } from "ioredis";
import { RelizoError } from "../error.ts";
import { addresses, REDIS, refusedAccess, saidBy } from "./nats/access.ts";

type Connected = typeof import("bullmq") & { readonly client: Redis; readonly host: string };

/**
 * BullMQ with a connection; both packages are loaded only where somebody asks for a Redis broker.
 *
 * @throws RelizoError OPTION for a wrong address, one that holds a secret, or missing packages; EVALUATOR where no connection comes about
 */
export async function connectRedis(url: string): Promise<Connected> {
  const { protocol, host, hostname, port } = addresses(url, ["redis", "rediss"], REDIS)[0]!;
  const { RELIZO_REDIS_USER: username = "default", RELIZO_REDIS_PASSWORD: password } = process.env;
  const [bull, redis] = await Promise.all([import("bullmq"), import("ioredis")]).catch((cause) => {
    throw new RelizoError("OPTION", `bullmq: npm install bullmq ioredis (${saidBy(cause)})`, { cause });
  });
  const client = new redis.Redis(Number(port || REDIS.port), hostname.replaceAll(/[[\]]/g, ""), {
    ...(password && { username, password }),
    ...(protocol === "rediss:" && { tls: {} }),
    maxRetriesPerRequest: null, // the broker may be away for long
  });
  client.on("error", () => {}); // and the connection is made again
  await once(client, "ready").catch((cause: unknown) => {
    client.disconnect();
    throw refusedAccess(host, cause, REDIS);
  });
  return { ...bull, client, host };
}
