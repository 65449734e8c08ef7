/** The headers of requests; what must stay secret comes from the environment. */
import { RelizoError } from "../error.ts";

/**
 * These headers with each $NAME filled in, the content type, and RELIZO_TOKEN as a bearer token where there is one and no header says
 * otherwise.
 *
 * @throws RelizoError OPTION where a variable is missing, or the token would travel in the clear
 */
export function headersFrom(url: URL, given: Readonly<Record<string, string>>): Headers {
  const headers = new Headers({ "content-type": "application/json", accept: "application/json" });
  for (const [name, value] of Object.entries(given)) headers.set(name, filled(name, value));
  const token = variable("RELIZO_TOKEN");
  if (token === undefined || headers.has("authorization")) return headers;
  if (url.protocol !== "https:" && !isHere(url.hostname))
    throw new RelizoError(
      "OPTION",
      `endpoint: RELIZO_TOKEN is not sent over http: to ${url.host}; take https:, or send it yourself with the header Authorization: "Bearer $RELIZO_TOKEN".`,
    );
  headers.set("authorization", `Bearer ${token}`);
  return headers;
}

function filled(header: string, value: string): string {
  return value.replace(/\$(\$|[A-Za-z_][A-Za-z0-9_]*)/g, (_, name: string) => {
    if (name === "$") return "$";
    const found = variable(name);
    if (found !== undefined) return found;
    throw new RelizoError(
      "OPTION",
      `endpoint: the header ${header} needs the variable ${name} of the environment, which is not set; a dollar sign itself is written $$.`,
    );
  });
}

/** Pages have no environment. An empty variable is as good as none. */
function variable(name: string): string | undefined {
  return globalThis.process?.env?.[name] || undefined;
}

function isHere(host: string): boolean {
  return (
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(host)
  );
}
