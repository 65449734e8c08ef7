/** A connection to the broker from Node, over TCP or TLS, that is made again for as long as it is wanted. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import {
  type Authenticator,
  connect,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import { RelizoError } from "../../error.ts";
import { addresses, LASTING, refusedAccess } from "./access.ts";

export interface BrokerOptions {
  /** nats://HOST:PORT, or tls://HOST:PORT, which never goes without; several servers of a cluster in a list, or with commas between. */
  readonly servers: string | readonly string[];
  /** Files in PEM: who signed the broker's certificate, and where it wants one, our own certificate with its key. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Names of what is read from the environment: all there is of secrets. */
const USER = "RELIZO_NATS_USER";
const PASSWORD = "RELIZO_NATS_PASSWORD";
const TOKEN = "RELIZO_NATS_TOKEN";
/** The path of a credentials file. */
const CREDS = "RELIZO_NATS_CREDS";
/** The seed of an nkey. */
const NKEY = "RELIZO_NATS_NKEY";

/**
 * Connects.
 *
 * @param name  what the broker calls us in its own logs
 * @throws RelizoError OPTION for a wrong address, one that holds a secret, or half a secret; DATA for a file that cannot be read;
 *   EVALUATOR where no connection comes about
 */
export async function connectBroker(options: BrokerOptions, name: string): Promise<NatsConnection> {
  const urls = addresses(options.servers, ["nats", "tls"]);
  const secure =
    urls.some(({ protocol }) => protocol === "tls:") || [options.ca, options.cert, options.key].some(Boolean);
  if ((options.cert === undefined) !== (options.key === undefined))
    throw new RelizoError("OPTION", "nats: cert and key go together; one of them is not given.");
  const authenticator = fromEnvironment(process.env);
  try {
    const tls = {
      ...pem("ca", options.ca),
      ...pem("cert", options.cert),
      ...pem("key", options.key),
      checkServerIdentity: identityOf(urls.map(({ hostname }) => hostname)), // goes on to Node
    };
    return await connect({
      servers: urls.map(({ host }) => host),
      name,
      ...(authenticator && { authenticator }),
      ...(secure && { tls }),
      ...LASTING,
    });
  } catch (cause) {
    if (cause instanceof RelizoError) throw cause;
    throw refusedAccess(urls.map(({ host }) => host).join(", "), cause);
  }
}

/**
 * Whom a certificate must be for. The client names no host where it connects to an address in numbers, for which Node would take
 * "localhost": there the certificate must be for one of the addresses that were given.
 */
function identityOf(
  hosts: readonly string[],
): (host: string, certificate: PeerCertificate) => Error | undefined {
  const given = hosts.map((host) => host.replace(/^\[(.*)\]$/, "$1"));
  const numbers = given.filter((host) => isIP(host) > 0);
  return (host, certificate) => {
    const any = host === "localhost" ? [...numbers, ...given.filter((one) => one === host)] : [];
    const wrong = (any.length > 0 ? any : [host]).map((one) => checkServerIdentity(one, certificate));
    return wrong.some((error) => error === undefined) ? undefined : wrong[0];
  };
}

/** The text of a file in PEM, under its kind; nothing where none is named. */
function pem<K extends "ca" | "cert" | "key">(kind: K, path: string | undefined): Partial<Record<K, string>> {
  if (path === undefined) return {};
  return { [kind]: text(path, `the ${kind} file`) } as Partial<Record<K, string>>;
}

function text(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new RelizoError("DATA", `broker: ${what} ${JSON.stringify(path)} cannot be read.`, { cause });
  }
}

/** Who we are, as the environment says; undefined where it says nothing. */
function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Authenticator | undefined {
  const [user, password, token, creds, nkey] = [USER, PASSWORD, TOKEN, CREDS, NKEY].map(
    (key) => env[key] || undefined,
  );
  const given = [user ?? password, token, creds, nkey].filter((one) => one !== undefined).length;
  if (given > 1)
    throw new RelizoError(
      "OPTION",
      `nats: the environment must say in one way who asks: ${USER} with ${PASSWORD}, ${TOKEN}, ${CREDS} or ${NKEY}.`,
    );
  if ((user === undefined) !== (password === undefined))
    throw new RelizoError("OPTION", `nats: ${USER} and ${PASSWORD} go together; one of them is not set.`);
  if (user !== undefined) return usernamePasswordAuthenticator(user, password);
  if (token !== undefined) return tokenAuthenticator(token);
  if (creds !== undefined)
    return credsAuthenticator(new TextEncoder().encode(text(creds, `${CREDS} names a file that`)));
  return nkey === undefined ? undefined : nkeyAuthenticator(new TextEncoder().encode(nkey));
}
