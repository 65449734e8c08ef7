/** Where the broker is, and what is never said aloud: addresses carry no secrets, and secrets come from the environment alone. */
import { RelizoError } from "../../error.ts";

/** A broker may be away for long: nothing is given up, and a moment's absence costs no more than that. */
export const LASTING = {
  maxReconnectAttempts: -1,
  reconnectTimeWait: 200,
  reconnectJitter: 50,
  ignoreAuthErrorAbort: true,
  pingInterval: 20_000,
  noAsyncTraces: true,
} as const;

/** What a kind of broker is called, where it listens, and how it hears who asks. */
interface Kind {
  readonly name: string;
  readonly port: number;
  readonly tls: string;
  readonly secrets: string;
}

const NATS: Kind = {
  name: "nats",
  port: 4222,
  tls: "tls",
  secrets:
    "RELIZO_NATS_USER and RELIZO_NATS_PASSWORD, RELIZO_NATS_TOKEN, RELIZO_NATS_CREDS or RELIZO_NATS_NKEY",
};

export const REDIS: Kind = {
  name: "bullmq",
  port: 6379,
  tls: "rediss",
  secrets: "RELIZO_REDIS_USER and RELIZO_REDIS_PASSWORD",
};

/** Addresses of brokers, each with one of these schemes; a host by itself gets the first. */
export function addresses(
  servers: string | readonly string[],
  schemes: readonly string[],
  broker: Kind = NATS,
): URL[] {
  const list = (typeof servers === "string" ? servers.split(",") : [...servers]).map((text) => text.trim());
  if (list.length === 0 || list.some((text) => text === ""))
    throw new RelizoError(
      "OPTION",
      `${broker.name}: servers must be an address such as ${schemes[0]}://localhost:${broker.port}.`,
    );
  return list.map((text) => addressOf(text, schemes, broker));
}

function addressOf(text: string, schemes: readonly string[], { name, port, secrets }: Kind): URL {
  const full = text.includes("://") ? text : `${schemes[0]}://${text}`;
  let url: URL;
  try {
    url = new URL(full);
  } catch {
    throw new RelizoError("OPTION", `${name}: an address must be like ${schemes[0]}://localhost:${port}.`); // what came may hold a secret
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || full.includes("@"))
    throw new RelizoError(
      "OPTION",
      `${name}: the address of ${url.hostname || "the broker"} holds a user or a password, which ends in logs and lists of processes; leave it out, ` +
        `and set ${secrets}.`,
    );
  const scheme = url.protocol.slice(0, -1);
  if (!schemes.includes(scheme))
    throw new RelizoError(
      "OPTION",
      `${name}: an address must begin with ${schemes.map((one) => `${one}://`).join(" or ")}, got ${scheme}://.`,
    );
  return url;
}

/** Why no connection came about, in words that say what to do. */
export function refusedAccess(where: string, cause: unknown, broker: Kind = NATS): RelizoError {
  const said = cause instanceof Error ? cause.message : "";
  const hint = /noperm/i.test(said)
    ? "the broker knows who asks, who has no right to this: give that user all commands on the keys of the run"
    : /authorization|authentication|permission|wrongpass/i.test(said)
      ? `the broker does not know who asks: set ${broker.secrets}`
      : /altname|hostname/i.test(said)
        ? "the broker's certificate is for other names: connect to one that it holds, or have that name put into it"
        : /certificate has expired|not yet valid/i.test(said)
          ? "the broker's certificate is not valid today: have it renewed"
          : /tls|certificate|self.signed|x509/i.test(said)
            ? `the two sides do not agree on TLS: name the authority that signed the broker's certificate, and use ${broker.tls}:// where it wants TLS`
            : "is it running, and can it be reached from here?";
  return new RelizoError(
    "EVALUATOR",
    `${broker.name}: no connection to ${where} (${said || "refused"}); ${hint}`,
    {
      cause,
    },
  );
}

export function saidBy(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
