/** The suite's objective behind HTTP, on loopback. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { answer } from "./objective.ts";

export interface Service {
  readonly url: string;
  /** Requests that somebody still waits for. */
  open(): number;
  close(): Promise<void>;
}

interface Body {
  readonly tasks: readonly { readonly batch: number; readonly x: readonly (number | string)[] }[];
}

export async function serve(): Promise<Service> {
  let open = 0;
  const server: Server = createServer(async (request, response) => {
    open++;
    response.on("close", () => open--);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { tasks } = JSON.parse(Buffer.concat(parts).toString()) as Body;
    const values: string[] = [];
    for (const { batch, x } of tasks)
      values.push(
        await answer(Float64Array.from(x, Number), batch, () => request.socket.destroy()).then(
          (value) => (Object.is(value, -0) ? "-0.0" : String(value)), // NaN and Infinity bare, as Python's json has them
          (error: Error) => JSON.stringify({ error: error.message }),
        ),
      );
    response.end(`{"values": [${values.join(", ")}]}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/evaluate`,
    open: () => open,
    close() {
      server.closeAllConnections();
      return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
    },
  };
}
