import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { jsonOf, KEY, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { SURFACE } from "./surface.ts";

const OWN = { wire: "openai-chat", base_url: "http://127.0.0.1:1/v1", api_key: "sk-m", models: [{ id: "me/secret" }] };
const HELLO = { model: "openai/gpt-4o", messages: [{ role: "user", content: "Hello" }] };

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ config: { providers: { mine: OWN } } });
});
afterAll(() => gateway.stop());
afterEach(() => gateway.simulator.forget());

/** A request without a key. */
const ask = (method: string, path: string, init: RequestInit = {}) => fetch(gateway.url + path, { ...init, method });

function checkFields(reply: Response): void {
  const id = reply.headers.get("x-request-id");
  expect(id).toMatch(/^gen_[0-9A-HJKMNP-TV-Z]{26}$/);
  expect(reply.headers.get("request-id")).toBe(id);
  expect(reply.headers.get("access-control-allow-origin")).toBe("*");
}

describe.each(Object.entries(SURFACE))("%s", (path, { method, door }) => {
  test("has an id on every reply, and none may be kept", async () => {
    for (const verb of ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]) {
      const reply = await ask(verb, path);
      checkFields(reply);
      if (verb !== "OPTIONS") expect(reply.headers.get("cache-control")).toBe("no-store");
      await reply.bytes();
    }
  });

  test("refuses another method and names its own", async () => {
    if (method === "ANY") return expect(door.kind).toBe("absent");
    const reply = await ask(method === "GET" ? "POST" : "GET", path);
    expect(reply.status).toBe(405);
    expect(reply.headers.get("allow")).toBe(method === "GET" ? "GET, HEAD" : "POST");
    const body = await jsonOf(reply);
    // Cohere's body is the error.
    const { error = body, generationId, request_id } = body;
    expect(error).toMatchObject({ code: "method_not_allowed", type: "invalid_request_error" });
    expect(error.message).toContain(`${path} wants ${method}`);
    expect(generationId ?? request_id).toBe(reply.headers.get("x-request-id"));
  });

  test("says 501 and what is missing, where it is not here yet", async () => {
    if (door.kind !== "absent")
      return expect([
        "inference",
        "count",
        "models",
        "picker",
        "config",
        "generation",
        "report",
        "credits",
        "alive",
        "ready",
        "metrics",
      ]).toContain(door.kind);
    const reply = await ask(method === "GET" ? "GET" : "POST", path);
    expect(reply.status).toBe(501);
    expect(reply.headers.get("x-should-retry")).toBe("false");
    const { error } = await jsonOf(reply);
    expect(error.code).toBe("not_implemented");
    expect(error.message).toContain(door.feature);
  });
});

describe("a browser", () => {
  test("may ask first, wherever there is something to ask", async () => {
    for (const path of ["/v1/chat/completions", "/v1/models", "/v4/ai/language-model"]) {
      const reply = await ask("OPTIONS", path, {
        headers: { origin: "https://page.example", "access-control-request-method": "POST" },
      });
      expect([reply.status, await reply.text()]).toEqual([204, ""]);
      expect(reply.headers.get("access-control-allow-headers")).toContain("Authorization");
    }
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("is not let in to the admin API", async () => {
    for (const path of ["/admin", "/admin/", "/admin/keys"]) {
      const reply = await ask("OPTIONS", path, { headers: { origin: "https://page.example" } });
      expect(reply.ok).toBe(false);
      expect(reply.headers.has("access-control-allow-headers")).toBe(false);
      expect(reply.headers.has("access-control-allow-methods")).toBe(false);
    }
  });
});

test("nothing at a path is a 404 that says so, without its query, and shortened", async () => {
  const reply = await ask("GET", "/v1/nothing?key=secret");
  expect(reply.status).toBe(404);
  const { error } = await jsonOf(reply);
  expect(error).toMatchObject({ code: "not_found", type: "not_found", message: 'There is nothing at "/v1/nothing".' });
  const meant = await jsonOf(await ask("POST", "/chat/completions"));
  expect(meant.error.message).toBe('There is nothing at "/chat/completions". Did you mean "/v1/chat/completions"?');
  const long = await ask("GET", `/${"a".repeat(2000)}`);
  expect((await jsonOf(long)).error.message.length).toBeLessThan(300);
});

test("HEAD is GET without the body", async () => {
  for (const path of ["/healthz", "/v1/models", "/v1/models/openai/gpt-4o", "/v1/nothing"]) {
    const [head, get] = [await ask("HEAD", path), await ask("GET", path)];
    expect(head.status).toBe(get.status);
    expect(head.headers.get("content-type")).toBe(get.headers.get("content-type"));
    expect(await head.text()).toBe("");
    expect(await get.text()).not.toBe("");
  }
});

test("being alive and ready needs no key", async () => {
  for (const [path, status] of [
    ["/healthz", "ok"],
    ["/readyz", "ready"],
  ]) {
    const reply = await ask("GET", path!);
    expect([reply.status, await reply.json()]).toEqual([200, { status }]);
  }
});

describe("a model of the operator's own", () => {
  const ids = async (reply: Response) => (await jsonOf(reply)).data.map(({ id }: { id: string }) => id);

  test("is listed for those who have a key, and for nobody else", async () => {
    const known: Record<string, string>[] = [
      { authorization: `Bearer ${KEY}` },
      { "x-api-key": KEY },
      { "x-ai-gateway-api-key": KEY, authorization: "Bearer somebody-else's" },
    ];
    for (const headers of known) expect(await ids(await ask("GET", "/v1/models", { headers }))).toContain("me/secret");
    const strangers: Record<string, string>[] = [
      {},
      { authorization: "Bearer wrong" },
      { authorization: KEY },
      { authorization: `Basic ${btoa(KEY)}` },
      { authorization: `Bearer ${KEY} ${KEY}` },
      { "x-api-key": `Bearer ${KEY}` },
      { "x-ai-gateway-api-key": "wrong", authorization: `Bearer ${KEY}` },
      { cookie: `key=${KEY}` },
    ];
    for (const headers of strangers) {
      const list = await ids(await ask("GET", "/v1/models", { headers }));
      expect(list).not.toContain("me/secret");
      expect(list).toContain("openai/gpt-4o");
    }
    expect(await ids(await ask("GET", `/v1/models?authorization=Bearer%20${KEY}`))).not.toContain("me/secret");
  });

  test.each(["/v1/models/me/secret", "/v1/models/me%2Fsecret", "/v1/models/me/secret/endpoints"])(
    "at %s is not there for a stranger, in the words for one that nobody has",
    async (path) => {
      expect((await gateway.get(path)).status).toBe(200);
      const reply = await ask("GET", path);
      const nobodys = await ask("GET", path.replace("secret", "nobody"));
      const said = async (response: Response) => JSON.stringify((await jsonOf(response)).error);
      expect([reply.status, nobodys.status]).toEqual([404, 404]);
      expect((await said(reply)).replace("secret", "nobody")).toBe(await said(nobodys));
    },
  );

  test("does not show where it is, nor with what secret", async () => {
    for (const path of ["/v1/models", "/v1/models/me/secret", "/v1/models/me/secret/endpoints"]) {
      const text = await (await gateway.get(path)).text();
      expect(text).not.toContain("127.0.0.1:1");
      expect(text).not.toContain("sk-m");
    }
  });
});

describe("GET /v1/generation", () => {
  test("tells the one who made it, and nobody else that there is one", async () => {
    const { id } = await jsonOf(await gateway.post("/v1/chat/completions", HELLO));
    const path = `/v1/generation?id=${id}`;
    const mine = await gateway.get(path);
    expect(mine.status).toBe(200);
    expect((await jsonOf(mine)).data).toMatchObject({ id, model: "openai/gpt-4o" });
    const other = await gateway.get(path, { authorization: `Bearer ${gateway.headgate.fresh!.key}` });
    expect(other.status).toBe(404);
    const nobodys = await gateway.get("/v1/generation?id=gen_01ARZ3NDEKTSV4RRFFQ69G5FAV");
    const said = async (response: Response) => (await jsonOf(response)).error;
    expect(await said(other)).toEqual({ ...(await said(nobodys)), message: `Generation ${id} not found.` });
    expect((await ask("GET", path)).status).toBe(401);
  });

  test.each([
    ["", "Name the generation"],
    ["?", "Name the generation"],
    ["?id=", "Name the generation"],
    ["?ID=gen_01ARZ3NDEKTSV4RRFFQ69G5FAV", "Name the generation"],
    ["?id=gen_", "gen_ and 26 characters"],
    ["?id=gen_01arz3ndektsv4rrffq69g5fav", "gen_ and 26 characters"],
    ["?id=chatcmpl-1", "gen_ and 26 characters"],
    ["?id=gen_01ARZ3NDEKTSV4RRFFQ69G5FAV%27--", "gen_ and 26 characters"],
    ["?id=%00", "gen_ and 26 characters"],
    ["?id=%ff", "gen_ and 26 characters"],
    ["?__proto__=x", "Name the generation"],
  ])("%s is a 400 that names the parameter", async (query, message) => {
    const reply = await gateway.get(`/v1/generation${query}`);
    expect(reply.status).toBe(400);
    const { error } = await jsonOf(reply);
    expect(error).toMatchObject({ code: "invalid_request", param: "id" });
    expect(error.message).toContain(message);
  });
});

test("a connection that asks for a tunnel gets none, and is closed", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(gateway.url).port),
    socket: {
      open: (socket) => void socket.write("CONNECT 203.0.113.7:443 HTTP/1.1\r\nHost: gateway\r\n\r\n"),
      data(_, bytes) {
        text += bytes;
      },
      close: () => resolve(text),
    },
  });
  expect(await promise).toStartWith("HTTP/1.1 405 ");
  expect(text).toContain("This is no proxy");
});

test("a query does not matter where none is read", async () => {
  const reply = await gateway.post("/v1/chat/completions?api-version=2024&model=x&__proto__[a]=1", HELLO);
  expect(reply.status).toBe(200);
  expect(gateway.simulator.requests).toHaveLength(1);
  expect(gateway.simulator.requests[0]!.path).toBe("/openai/v1/chat/completions");
});

test("a gateway that drains tells on every reply, and is not ready", async () => {
  const leaving = await startGateway();
  const quiet = leaving.headgate.listener.drain();
  await quiet;
  const ready = await leaving.get("/readyz");
  expect([ready.status, await ready.json()]).toEqual([503, { status: "draining" }]);
  expect((await leaving.get("/healthz")).status).toBe(200);
  // What comes in all the same is still answered.
  const replies = [
    ready,
    await leaving.get("/v1/models"),
    await leaving.get("/v1/nothing"),
    await leaving.get("/v1/chat/completions"),
    await leaving.post("/v1/chat/completions", HELLO),
    await leaving.post("/v1/chat/completions", "{"),
  ];
  expect(replies.map(({ status }) => status)).toEqual([503, 200, 404, 405, 200, 400]);
  for (const { headers } of replies) expect(headers.get("connection")).toBe("close");
  await leaving.stop();
});

test("what is open is counted until its reply is over", async () => {
  const { listener } = gateway.headgate;
  expect(listener.inFlight).toBe(0);
  const reply = await gateway.post("/v1/chat/completions", { ...HELLO, stream: true });
  const text = reply.text();
  const refused = await gateway.post("/v1/chat/completions", "not JSON");
  expect(refused.status).toBe(400);
  expect(await text).toEndWith("data: [DONE]\n\n");
  expect(listener.inFlight).toBe(0);
});

test("a defect is a 500 that says nothing but the id, and is complained of under that id", async () => {
  const broken = await startGateway();
  broken.headgate.gateway.snapshot.choice.endpoints.get = () => {
    throw new Error("secret of the house");
  };
  const reply = await broken.post("/v1/chat/completions", HELLO);
  expect(reply.status).toBe(500);
  const text = await reply.text();
  expect(text).not.toContain("secret");
  expect(JSON.parse(text)).toMatchObject({
    error: { code: "internal_error", type: "internal_server_error", message: "The gateway failed on this request." },
    generationId: reply.headers.get("x-request-id"),
  });
  expect(broken.complaints).toEqual([new Error("secret of the house")]);
  expect(broken.headgate.listener.inFlight).toBe(0);
  broken.complaints.length = 0;
  await broken.stop();
});
