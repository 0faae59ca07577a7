import { afterEach, expect, test } from "bun:test";
import { chunksOf } from "../support/gateway.ts";
import { type Bank, KEY_BUDGET, openBank, say } from "./support.ts";

let bank: Bank;
afterEach(() => bank.stop());

// As long as a request may wait at all: a test that waits is none that passes.
test("a stream that has used up a budget alone ends at once: it waits for what others have reserved, and not for its own", async () => {
  bank = await openBank({ config: { budgets: { wait_ms: 60_000 } } });
  const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 0.01 });
  const reply = await bank.gateway.post("/v1/chat/completions", {
    ...say("[sim tokens=endless every=1ms]"),
    stream: true,
  });
  const { error } = chunksOf(await reply.text()).at(-1);
  expect(error.code).toBe("quota_for_entity_exceeded");
  expect(error.message).toContain("This request may cost");
  expect(error.message).not.toContain("have reserved");
  const { spent_usd: spent, reserved_usd: reserved } = await bank.state(id);
  expect([reserved, spent > 0.009, spent < 0.02]).toEqual([0, true, true]);
});
