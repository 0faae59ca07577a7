import { afterAll, describe, expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import { Credential, type Prepare } from "./credentials.ts";
import { ask, Client, failure } from "./fixtures/exchange.ts";

/** A credential whose fields depend on what is sent. */

let served = 0;
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    served++;
    return Response.json({ proof: request.headers.get("x-proof"), path: new URL(request.url).pathname });
  },
});
afterAll(() => server.stop(true));

const credential = (prepare: Prepare) =>
  new Credential({ provider: "test", kind: "system", baseUrl: `http://127.0.0.1:${server.port}`, fields: {}, prepare });

const told = async (prepare: Prepare) => JSON.parse((await ask(credential(prepare))).whole!);

describe("a credential that prepares each request", () => {
  test("at once, from what is sent", async () => {
    expect(await told(({ path, body }) => ({ "x-proof": `${path} ${body.length}` }))).toEqual({
      proof: "/chat 13",
      path: "/chat",
    });
  });

  test("with something that must be waited for", async () => {
    expect((await told(async () => ({ "x-proof": "minted" }))).proof).toBe("minted");
  });

  test("whose token cannot be had: nothing is sent", async () => {
    const before = served;
    const refused = Promise.reject(new GatewayError("upstream_auth", "no token"));
    expect((await failure(ask(credential(() => refused)))).code).toBe("upstream_auth");
    expect(served).toBe(before);
  });

  test("the client leaves while it is waited for", async () => {
    const client = new Client();
    const token = Promise.withResolvers<Record<string, string>>();
    const before = served;
    const answer = failure(
      ask(
        credential(() => token.promise),
        { client },
      ),
    );
    client.leave();
    // The token may take as long as it likes.
    expect((await answer).code).toBe("client_closed");
    token.resolve({ "x-proof": "late" });
    await token.promise;
    expect(served).toBe(before);
  });
});
