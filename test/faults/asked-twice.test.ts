import { afterEach, expect, test } from "bun:test";
import { type Line, type RawServer, sized, startRawServer } from "../../src/upstream/fixtures/raw-server.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { speechOf } from "./speech.ts";

const MODEL = "lab/model";
const { whole } = speechOf("openai-chat", { words: ["Hello"], usage: { input: 3, output: 1 } });

let provider: RawServer;
let gateway: RunningGateway;
afterEach(async () => {
  await gateway.stop();
  provider.stop();
});

/** One act for each request, in order. */
async function start(...acts: ((line: Line) => void)[]): Promise<void> {
  provider = startRawServer({ answer: (line, { number }) => acts[number]!(line) });
  const lab = {
    wire: "openai-chat",
    api_key: "sk-test",
    base_url: provider.url,
    models: [{ id: MODEL, upstream: "model" }],
  };
  gateway = await startGateway({ config: { providers: { lab } } });
}

const answers = (line: Line): void => line.send(sized(whole));
const breaks = (line: Line): void => line.reset();

/** @returns the status, and the attempts of the row */
async function ask(): Promise<{ status: number; attempts: Record<string, unknown>[] }> {
  const response = await gateway.post("/v1/chat/completions", {
    model: MODEL,
    messages: [{ role: "user", content: "Hello" }],
  });
  await response.text();
  const { attempts } = gateway.row(response.headers.get("x-request-id")!)!;
  return { status: response.status, attempts: JSON.parse(attempts) };
}

async function resends(): Promise<string | undefined> {
  const page = await (await gateway.get("/metrics")).text();
  return /^headgate_resends_total\{provider="lab"\} (.*)$/m.exec(page)?.[1];
}

test("a request that a kept connection broke behind is one attempt that says so, and is counted", async () => {
  await start(answers, breaks, answers, answers);
  expect((await ask()).attempts[0]).not.toHaveProperty("askedTwice");
  expect(await resends()).toBeUndefined();
  const { status, attempts } = await ask();
  expect([status, attempts.length, attempts[0]!.askedTwice]).toEqual([200, 1, true]);
  expect((await ask()).attempts[0]).not.toHaveProperty("askedTwice");
  expect(await resends()).toBe("1");
});

test("and says so too where the new connection breaks as well: it is not sent a third time", async () => {
  await start(answers, breaks, breaks);
  await ask();
  const { status, attempts } = await ask();
  expect([status, attempts.length]).toEqual([503, 1]);
  expect(attempts[0]).toMatchObject({ askedTwice: true, error: "upstream_reset" });
  expect(await resends()).toBe("1");
});
