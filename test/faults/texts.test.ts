import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { chunksOf, jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

/** What goes wrong where texts are completed, judged and ranked: the next is asked, or the client is told. */

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
type Loose = any;

let lab: Simulator;
let gateway: RunningGateway;
beforeAll(async () => {
  lab = startSimulator();
  const at = (path: string) => ({ api_key: "sk-test", base_url: lab.url + path });
  gateway = await startGateway({ config: { providers: { cohere: at(""), voyage: at("/voyage/v1") } } });
});
afterAll(async () => {
  await gateway.stop();
  lab.stop();
});

interface Subject {
  readonly path: string;
  /** Who fails, as the provider calls it. */
  readonly upstream: string;
  readonly model: string;
  /** Who stands in. */
  readonly spare: string;
  body(text: string): Loose;
}

const COMPLETES: Subject = {
  path: "/v1/completions",
  upstream: "gpt-3.5-turbo-instruct",
  model: "openai/gpt-3.5-turbo-instruct",
  spare: "anthropic/claude-sonnet-4.5",
  body: (prompt) => ({ prompt, max_tokens: 9 }),
};
const SUBJECTS: Readonly<Record<string, Subject>> = {
  "a completion, relayed": COMPLETES,
  "a completion of who only chats": {
    ...COMPLETES,
    upstream: "claude-sonnet-4-5-20250929",
    model: "anthropic/claude-sonnet-4.5",
    spare: "openai/gpt-3.5-turbo-instruct",
  },
  "a moderation": {
    path: "/v1/moderations",
    upstream: "omni-moderation-latest",
    model: "openai/omni-moderation-latest",
    spare: "mistral/mistral-moderation",
    body: (input) => ({ input }),
  },
  "a ranking": {
    path: "/v2/rerank",
    upstream: "rerank-v3.5",
    model: "cohere/rerank-v3.5",
    spare: "voyage/rerank-2.5",
    body: (query) => ({ query, documents: ["Paris", "Water"] }),
  },
  "a ranking in other words": {
    path: "/v1/rerank",
    upstream: "rerank-2.5",
    model: "voyage/rerank-2.5",
    spare: "cohere/rerank-v3.5",
    body: (query) => ({ query, documents: ["Paris", "Water"] }),
  },
};

/** Before anything is told, and the status of whoever has nobody else to ask. */
const FAULTS: readonly [fault: string, status: number][] = [
  ["status=429", 429],
  ["status=500", 503],
  ["status=503", 503],
  ["status=401", 502],
  ["no-credit", 503],
  ["html", 502],
  ["garbage", 502],
  ["error-200", 503],
  ["redirect=http://127.0.0.1:1/", 502],
  ["body='[]'", 502],
  ["cut=0", 502],
  ["reset=0", 502],
];

const ask = async ({ path, model, body }: Subject, text: string, more: Loose = {}) => {
  const reply = await gateway.post(path, { model, ...body(text), ...more });
  return { status: reply.status, text: await reply.text() };
};
const told = (text: string): Loose => {
  const body = JSON.parse(text);
  return body.error ?? body;
};

describe.each(Object.entries(SUBJECTS))("%s", (_, subject) => {
  const failing = (fault: string) => `[sim model=${subject.upstream} ${fault}] [sim every=0] Water`;

  test.each(FAULTS)("of who fails by %s is somebody else's, or an error", async (fault, status) => {
    const answer = await ask(subject, failing(fault), { models: [subject.spare] });
    expect([answer.status, answer.text.slice(0, 300)]).toEqual([200, answer.text.slice(0, 300)]);
    expect(JSON.parse(answer.text).model).toBe(subject.spare);
    const refused = await ask(subject, failing(fault));
    expect([fault, refused.status, told(refused.text).message]).toEqual([fault, status, expect.any(String)]);
    const row = gateway.row(JSON.parse(refused.text).generationId)!;
    expect(row.error).toBe(told(refused.text).code);
    expect(row.cost ?? 0).toBe(0);
  });

  test("that is cut in its middle is none", async () => {
    for (const fault of ["cut=1", "eof=1", "truncated"]) {
      const refused = await ask(subject, failing(fault));
      expect([fault, refused.status >= 502, told(refused.text).message]).toEqual([fault, true, expect.any(String)]);
    }
  });
});

describe.each(Object.entries(SUBJECTS).filter(([, { path }]) => path === "/v1/completions"))(
  "%s, streamed",
  (_, subject) => {
    const failing = (fault: string) => `[sim model=${subject.upstream} ${fault}] [sim every=0 tokens=9] Water`;
    const stream = { stream: true };

    test.each(FAULTS)("of who fails by %s is somebody else's, or an error", async (fault, status) => {
      const answer = await ask(subject, failing(fault), { ...stream, models: [subject.spare] });
      expect(new Set(chunksOf(answer.text).map(({ model }) => model))).toEqual(new Set([subject.spare]));
      expect(answer.text).toEndWith("data: [DONE]\n\n");
      const refused = await ask(subject, failing(fault), stream);
      expect([fault, refused.status]).toEqual([fault, status]);
      expect(told(refused.text).message).toBeString();
    });

    test.each(["cut=3", "reset=3", "eof=3", "error=3", "truncated"])(
      "that breaks by %s ends in an error, whoever else there is, and is paid for",
      async (fault) => {
        const { status, text } = await ask(subject, failing(fault), { ...stream, models: [subject.spare] });
        const chunks = chunksOf(text);
        expect([status, text.includes("[DONE]")]).toEqual([200, false]);
        expect(chunks.at(-1).error.message).toBeString();
        expect(chunks.filter(({ choices }) => choices?.[0].finish_reason)).toEqual([]);
        const row = gateway.row(chunks.at(-1).generationId)!;
        expect(row).toMatchObject({ error: chunks.at(-1).error.code, estimated: true });
        expect(row.cost).toBeGreaterThan(0);
      },
    );
  },
);

test("of a provider that is asked again and again nothing is left open", async () => {
  expect(gateway.unread()).toBe(0);
  expect((await jsonOf(await gateway.get("/readyz"))).status).toBe("ready");
});
