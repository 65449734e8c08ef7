import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { RelizoError } from "../error.ts";
import { type Answer, askBy } from "../evaluate/policy.ts";
import { type EndpointOptions, endpoint } from "./endpoint.ts";

type Reply = (response: ServerResponse, body: string, request: IncomingMessage) => void;

/** A service that replies so; what the body gives is told with how often it was asked, and the port. */
async function serving<T>(reply: Reply, body: (url: string, asked: () => number) => Promise<T>): Promise<T> {
  let asked = 0;
  const server = createServer(async (request, response) => {
    asked++;
    reply(response, await text(request), request);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  try {
    return await body(`http://127.0.0.1:${address.port}/f`, () => asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const tasks = [0, 1].map((index) => ({
  round: 1,
  index,
  step: 4,
  batch: 2,
  candidate: Float64Array.of(index, -0),
}));

async function ask(
  options: Pick<EndpointOptions, "url"> & Partial<EndpointOptions>,
): Promise<readonly Answer[]> {
  const evaluator = endpoint(options);
  try {
    return await evaluator.evaluate(tasks, new AbortController().signal);
  } finally {
    await evaluator.close();
  }
}

async function refusal(
  reply: Reply,
  options: Partial<EndpointOptions> = {},
): Promise<RelizoError & { wait?: number }> {
  return serving(reply, async (url) => {
    const error: unknown = await ask({ url, ...options }).catch((reason: unknown) => reason);
    assert.ok(error instanceof RelizoError, String(error));
    return error;
  });
}

test("what a service is told, and what it may answer", () =>
  serving(
    (response, body, { method, headers }) => {
      assert.equal(
        body,
        '{"tasks":[{"round":1,"index":0,"step":4,"batch":2,"x":[0.0,-0.0]},{"round":1,"index":1,"step":4,"batch":2,"x":[1.0,-0.0]}]}',
      );
      assert.deepEqual(
        [method, headers["content-type"], headers["x-own"]],
        ["POST", "application/json", "a"],
      );
      response.end('{"values": [-Infinity, {"error": "no mesh"}], "more": 1}');
    },
    async (url) => {
      assert.deepEqual(await ask({ url, headers: { "x-own": "a" } }), [-Infinity, { error: "no mesh" }]);
    },
  ));

for (const status of [400, 401, 403, 404, 413, 422] as const)
  test(`${status} is the caller's mistake: no further attempt`, () =>
    serving(
      (response) => {
        response.writeHead(status).end("this is why");
      },
      async (url, asked) => {
        const evaluator = endpoint({ url });
        const round = askBy(evaluator, { batchSize: 2, failed: "nan", retries: 5 })(tasks, {
          signal: new AbortController().signal,
          began() {},
          answered: () => assert.fail("nothing was answered"),
        });
        await assert.rejects(round, {
          code: "OPTION",
          message: new RegExp(`/f answered ${status} .*"this is why"`),
        });
        assert.equal(asked(), 1);
      },
    ));

for (const status of [408, 429, 500, 502, 503, 504] as const)
  test(`${status} may go by: tried again, when the service says so`, async () => {
    const error = await refusal((response) => {
      response.writeHead(status, { "retry-after": "7" }).end();
    });
    assert.deepEqual([error.code, error.wait], ["EVALUATOR", 7]);
    let times = 0;
    const values: number[] = [];
    await serving(
      (response) => {
        if (++times < 3) response.writeHead(status, { "retry-after": "0" }).end();
        else response.end('{"values": [1, 2]}');
      },
      async (url) => {
        await askBy(endpoint({ url }), { batchSize: 2, backoff: 0.001 })(tasks, {
          signal: new AbortController().signal,
          began() {},
          answered: (_, value) => values.push(value),
        });
      },
    );
    assert.deepEqual([times, values], [3, [1, 2]]);
  });

test("a date in Retry-After is so many seconds from now, and one that is no date is none", async () => {
  const after = (when: string) =>
    refusal((response) => {
      response.writeHead(503, { "retry-after": when }).end();
    });
  const { wait } = await after(new Date(Date.now() + 60_000).toUTCString());
  assert.ok(wait! > 0 && wait! <= 60, `${wait}`);
  assert.equal((await after(new Date(0).toUTCString())).wait, 0);
  assert.ok(!((await after("soon")).wait! > 0));
});

for (const [title, reply, code, said] of [
  [
    "a page",
    (r) => r.end("<html>Welcome"),
    "EVALUATOR",
    /must answer with JSON, got 13 characters: "<html>Welcome"/,
  ],
  ["nothing", (r) => r.end(), "EVALUATOR", /must answer with JSON, got 0 characters/],
  [
    "too few values",
    (r) => r.end('{"values": [1]}'),
    "VALUE",
    /with 2 of a number.*got "\{\\"values\\": \[1\]\}"/,
  ],
  ["too many", (r) => r.end('{"values": [1, 2, 3]}'), "VALUE", /with 2 of a number/],
  ["texts", (r) => r.end('{"values": ["1", "2"]}'), "VALUE", /got "\{\\"values/],
  ["a bare list", (r) => r.end("[1, 2]"), "VALUE", /must answer \{"values"/],
  ["too much", (r) => r.end(`{"values": [1, 2${" ".repeat(80_000)}]}`), "EVALUATOR", /more than 73728 bytes/],
  [
    "an answer that breaks off",
    (r) => {
      r.writeHead(200, { "content-length": "100" });
      r.write('{"val');
      setTimeout(() => r.socket?.destroy(), 20);
    },
    "EVALUATOR",
    /its answer broke off: /,
  ],
  [
    "a redirect",
    (r) => r.writeHead(307, { location: "http://127.0.0.1:1/other" }).end(),
    "OPTION",
    /redirects to http:\/\/127\.0\.0\.1:1\/other; name the address itself/,
  ],
] as const satisfies readonly (readonly [string, Reply, string, RegExp])[])
  test(`${title} instead of values is named`, async () => {
    const error = await refusal(reply);
    assert.equal(error.code, code);
    assert.match(error.message, said);
  });

test("whom nobody can reach is named with the reason", async () => {
  const port = await serving(
    () => {},
    async (url) => new URL(url).port,
  );
  await assert.rejects(ask({ url: `http://127.0.0.1:${port}/f?key=secret` }), (error: RelizoError) => {
    assert.equal(error.code, "EVALUATOR");
    assert.match(error.message, /127\.0\.0\.1:\d+\/f could not be reached: fetch failed: .*ECONNREFUSED/);
    assert.ok(!error.message.includes("secret"));
    return true;
  });
});

test("giving up closes the connection, and so does the end", () =>
  serving(
    () => {},
    async (url, asked) => {
      const evaluator = endpoint({ url });
      const stop = new AbortController();
      const [first, second] = [
        evaluator.evaluate(tasks, stop.signal),
        evaluator.evaluate(tasks, new AbortController().signal),
      ];
      while (asked() < 2) await new Promise((resolve) => setTimeout(resolve, 5));
      stop.abort();
      await assert.rejects(first, { code: "EVALUATOR" });
      await evaluator.close();
      await assert.rejects(second, { code: "EVALUATOR" });
    },
  ));

test("a service that takes its time to say its first byte may send spaces before", () =>
  serving(
    (response) => {
      response.write(" ");
      setTimeout(() => response.write("\n "), 10);
      setTimeout(() => response.end('{"values": [1, 2]}'), 20);
    },
    async (url) => assert.deepEqual(await ask({ url }), [1, 2]),
  ));

test("secrets come from the environment, and stay here or go over https", async () => {
  const names = ["RELIZO_TOKEN", "RELIZO_TEST_KEY"] as const;
  const sent = (headers: Record<string, string> = {}): Promise<readonly (string | undefined)[]> => {
    let told: readonly (string | undefined)[] = [];
    return serving(
      (response, _, request) => {
        told = [request.headers.authorization, request.headers["x-key"] as string | undefined];
        response.end('{"values": [1, 2]}');
      },
      async (url) => {
        await ask({ url, headers });
        return told;
      },
    );
  };
  try {
    assert.deepEqual(await sent(), [undefined, undefined]);
    process.env[names[0]] = "one";
    process.env[names[1]] = "two";
    assert.deepEqual(await sent(), ["Bearer one", undefined]);
    assert.deepEqual(
      await sent({ Authorization: "Basic $RELIZO_TEST_KEY", "X-Key": "$$5 $RELIZO_TEST_KEY" }),
      ["Basic two", "$5 two"],
    );
    assert.throws(() => endpoint({ url: "http://example.com/f" }), {
      message: /RELIZO_TOKEN is not sent over http:/,
    });
    endpoint({ url: "https://example.com/f" });
    endpoint({ url: "http://example.com/f", headers: { Authorization: "Bearer $RELIZO_TOKEN" } });
  } finally {
    for (const name of names) delete process.env[name];
  }
  assert.throws(() => endpoint({ url: "https://example.com", headers: { a: "$RELIZO_TEST_KEY" } }), {
    code: "OPTION",
    message: /the header a needs the variable RELIZO_TEST_KEY of the environment/,
  });
});

test("wrong options are refused at the door", () => {
  for (const url of ["", "f", "ftp://example.com", "http://me:secret@example.com", 3])
    assert.throws(
      () => endpoint({ url: url as string }),
      (error: RelizoError) =>
        error.code === "OPTION" && /url must be/.test(error.message) && !error.message.includes("secret"),
    );
  const url = "http://127.0.0.1/";
  assert.throws(() => endpoint({ url, requests: 0 }), { code: "OPTION" });
  assert.throws(() => endpoint({ url, headers: { a: 1 } as never }), { code: "OPTION" });
  assert.throws(() => endpoint({ url, token: "secret" } as never), { code: "OPTION" });
});
