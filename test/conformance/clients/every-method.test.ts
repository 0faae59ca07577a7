import { afterAll, beforeAll, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { type RunningGateway, startGateway } from "../../support/gateway.ts";
import { clientOf, failure, type Loose } from "../client.ts";
import { anthropicAt } from "../messages-client.ts";

/** Every method of the vendors' clients, also those of APIs that are not here: what is refused is refused so that the client can read why. */

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

type Method = (...args: unknown[]) => Promise<unknown>;

/** Those that send no request of their own: they call others, wait for them, or read what was sent. And those for which a client wants another key. */
const NOT_ASKED =
  /\.(?:constructor|stream|parse\w*|runTools|\w*[tT]oolRunner\w*|thread|unwrap|verify\w*|\w*Poll\w*|poll|\w*Stream|waitFor\w*|upload\w*|forResult|prepare|poller|worker)$|^admin\.|\.permissions\./;

/** The methods of a client, by the path that leads to them. */
function* methodsOf(at: Loose, path = ""): Generator<readonly [string, Method]> {
  for (const name of path === "" ? [] : Object.getOwnPropertyNames(Object.getPrototypeOf(at)))
    if (typeof at[name] === "function" && !NOT_ASKED.test(`${path}${name}`)) yield [path + name, at[name].bind(at)];
  for (const [name, inner] of Object.entries<Loose>(at))
    if (name !== "_client" && inner?._client !== undefined) yield* methodsOf(inner, `${path}${name}.`);
}

/** A member for each that a path may be made of. */
const PLACES = new Proxy({}, { get: (_, name) => (/_id$/.test(String(name)) ? "id_2" : undefined) });

/** What a call throws, if it does. A method that is not content with one id is given two. */
async function outcome(call: Method, body: object): Promise<{ thrown?: Loose }> {
  const given = Object.assign(Object.create(PLACES), body);
  let thrown: Loose;
  for (const way of [[given], ["id_1", given], ["id_1", "id_2", given]])
    try {
      await call(...way);
      return {};
    } catch (error) {
      thrown = error;
      if (thrown.status !== undefined) break;
    }
  return { thrown };
}

const SAID = { role: "user", content: "Hello" };

test.each([
  [
    "OpenAI's",
    () => clientOf(gateway, { maxRetries: 0 }),
    { model: "openai/gpt-4o", messages: [SAID] },
    ["chat.completions.create", "models.list"],
  ],
  [
    "Anthropic's",
    () => anthropicAt(gateway, { maxRetries: 0 }),
    { model: "anthropic/claude-sonnet-4.5", max_tokens: 5, messages: [SAID] },
    [
      ...["messages.create", "messages.countTokens", "models.list"],
      ...["beta.models.list", "beta.messages.create", "beta.messages.countTokens"],
    ],
  ],
] as const)("%s client is answered, or refused in words that it can read", async (_, client, body, served) => {
  const answered: string[] = [];
  const unclear: string[] = [];
  let refused = 0;
  for (const [path, call] of methodsOf(client())) {
    const { thrown } = await outcome(call, body);
    if (thrown === undefined) answered.push(path);
    else if ([400, 404, 405, 501].includes(thrown.status) && /_/.test(thrown.code ?? thrown.type)) refused++;
    else unclear.push(`${path}: ${thrown}`);
  }
  expect(unclear).toEqual([]);
  expect(answered).toEqual(expect.arrayContaining([...served]));
  expect(refused).toBeGreaterThan(200);
});

test("a client that lists the models page by page ends where they end", async () => {
  const models: string[] = [];
  for await (const { id } of anthropicAt(gateway).models.list()) models.push(id);
  const others: string[] = [];
  for await (const { id } of clientOf(gateway).models.list()) others.push(id);
  expect(models).toEqual(others);
  expect(new Set(models).size).toBe(models.length);
  expect(models).toContain("anthropic/claude-sonnet-4.5");
  expect((await anthropicAt(gateway).models.retrieve("anthropic/claude-sonnet-4.5")).id).toBe(
    "anthropic/claude-sonnet-4.5",
  );
});

test("batches are refused at both doors, each in its own words", async () => {
  const anthropic = await failure(anthropicAt(gateway).messages.batches.list(), Anthropic.NotFoundError);
  expect(anthropic.type).toBe("not_found_error");
  expect(anthropic.message).toContain("/v1/messages/batches");
  const openai = await failure(clientOf(gateway).batches.list(), OpenAI.NotFoundError);
  expect([openai.code, openai.message]).toEqual(["not_found", expect.stringContaining("/v1/batches")]);
});
