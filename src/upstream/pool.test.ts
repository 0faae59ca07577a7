import { afterEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { sized as of } from "../../test/support/figures.ts";
import { bearerProof } from "./auth/bearer.ts";
import { Credential } from "./credentials.ts";
import { ask, credentialFor, Reader, settled } from "./fixtures/exchange.ts";
import { chunk, LAST_CHUNK, type RawServer, STREAM_HEAD, sized, startRawServer } from "./fixtures/raw-server.ts";
import { parseOrigin } from "./origin.ts";
import { Pool } from "./pool.ts";

let server: RawServer;
afterEach(() => server.stop());

describe("a pool that is closed", () => {
  test("while a stream goes on: that is heard to its end, and its connection ends with it", async () => {
    server = startRawServer({ answer: (line) => line.send(STREAM_HEAD + chunk("data: x\n\n")) });
    const credential = credentialFor(server.url);
    const reader = new Reader();
    (await ask(credential, { stream: true })).read(reader);
    credential.pool.close();
    const line = await server.line(0);
    line.send(chunk("data: y\n\n") + LAST_CHUNK);
    expect(await reader.over).toBeUndefined();
    expect(reader.text).toBe("data: x\n\ndata: y\n\n");
    await line.ended;
    expect(credential.pool.size).toBe(0);
  });

  test("and asked once more, keeps nothing either", async () => {
    server = startRawServer({ answer: (line) => line.send(sized("{}")) });
    const credential = credentialFor(server.url);
    await ask(credential);
    credential.pool.close();
    expect(credential.pool.size).toBe(0);
    expect((await ask(credential)).whole).toBe("{}");
    expect(credential.pool.size).toBe(0);
    await Promise.all(server.lines.map(({ ended }) => ended));
    expect(server.lines).toHaveLength(2);
  });
});

test("a connection that is asked again and again is replaced when it is old", async () => {
  server = startRawServer({ answer: (line) => line.send(sized("{}")) });
  const pool = new Pool(parseOrigin(server.url), 8, 50);
  const credential = new Credential({ provider: "test", kind: "system", baseUrl: server.url, fields: {}, pool });
  while (server.lines.length < 3) {
    expect((await ask(credential)).whole).toBe("{}");
  }
  expect(pool.size).toBeLessThanOrEqual(1);
  await Promise.all([server.lines[0]!.ended, server.lines[1]!.ended]);
  pool.close();
});

/** As many as clients might bring, each with an address and a secret of its own. */
const BROUGHT = of(1000, 10_000);

describe(`${BROUGHT} credentials that clients brought`, () => {
  /** Each of its own host as far as the gateway can tell, and all of them this machine. */
  const brought = (i: number) => {
    const baseUrl = `http://127.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}:${server.port}/own-${i}`;
    const pool = new Pool(parseOrigin(baseUrl), 0);
    return new Credential({ provider: "test", kind: "byok", baseUrl, fields: bearerProof(`sk-own-${i}`), pool });
  };

  test("leave no connection, no descriptor, and nothing in memory", async () => {
    server = startRawServer({
      hostname: "0.0.0.0",
      answer(line) {
        // What a test remembers is no leak.
        (server.lines as unknown[]).length = 0;
        line.send(sized("{}"));
      },
    });
    const seen: WeakRef<Pool>[] = [];
    const askAll = async (from: number, to: number) => {
      for (let i = from; i < to; i += 50)
        await Promise.all(
          Array.from({ length: Math.min(50, to - i) }, async (_, more) => {
            const credential = brought(i + more);
            expect((await ask(credential)).whole).toBe("{}");
            expect(credential.pool.size).toBe(0);
            seen.push(new WeakRef(credential.pool));
          }),
        );
      await settled();
      Bun.gc(true);
    };
    const descriptors = () => readdirSync("/proc/self/fd").length;
    await askAll(0, 200);
    const before = descriptors();
    await askAll(200, 200 + BROUGHT);
    while (descriptors() > before) await settled();
    // References may stay on the stack, or in a connection that is on its way out.
    const alive = () => seen.filter((one) => one.deref() !== undefined).length;
    for (let turn = 0; turn < 100 && alive() > 60; turn++) {
      await settled();
      Bun.gc(true);
    }
    expect(alive()).toBeLessThanOrEqual(60);
  });
});
