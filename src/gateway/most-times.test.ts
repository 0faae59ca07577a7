import { expect, test } from "bun:test";
import { type Tariff, tariffOf } from "../catalog/tariffs.ts";
import type { Ask } from "../core/ask.ts";
import type { Leg } from "../routing/plan.ts";
import { mostTimes } from "./most-times.ts";

const asked = (body: object = {}, options: object = {}) => ({ body, gateway: { options } }) as unknown as Ask;
/** A Thursday. */
const NOON = Date.UTC(2026, 10, 26, 12);
const leg = (tariff?: Tariff, credential: object = {}) => ({ endpoint: { tariff }, credential }) as unknown as Leg;

test.each([
  [{}, {}, 1],
  [{ service_tier: "flex", speed: "standard", providerOptions: { openai: { serviceTier: "auto" }, other: 5 } }, {}, 1],
  [{}, { speed: "fast" }, 1],
  [{ service_tier: "priority" }, {}, 2.5],
  [{ speed: "fast" }, {}, 2.5],
  [{}, { serviceTier: "fast" }, 2.5],
  [{ providerOptions: { anthropic: { speed: "fast" } } }, {}, 2.5],
])("who asks for %j with options %j may pay %d times as much", (body, options, times) => {
  expect(mostTimes(asked(body, options), [leg()], NOON)).toBe(times);
});

test("no more than is known of whoever may be asked", () => {
  const mini = leg(tariffOf("openai", "gpt-4o-mini"));
  const gpt = leg(tariffOf("openai", "gpt-5.5"));
  const ask = asked({ service_tier: "priority" });
  expect(mostTimes(ask, [mini], NOON)).toBe(5 / 3);
  expect(mostTimes(ask, [mini, gpt], NOON)).toBe(2.5);
  expect(mostTimes(asked({ service_tier: "ultrafast" }), [mini, gpt], NOON)).toBe(6);
  expect(mostTimes(asked({ speed: "fast" }), [leg(tariffOf("anthropic", "claude-opus-5"))], NOON)).toBe(2);
});

test("and what it costs to stay where it is asked", () => {
  const gpt = tariffOf("openai", "gpt-5.4");
  expect(mostTimes(asked(), [leg(gpt, { regional: true })], NOON)).toBe(1.1);
  expect(mostTimes(asked(), [leg(gpt)], NOON)).toBe(1);
  const claude = tariffOf("anthropic", "claude-opus-5");
  expect(mostTimes(asked({ inference_geo: "us" }), [leg(claude)], NOON)).toBe(1.1);
  expect(mostTimes(asked({ inference_geo: "global" }), [leg(claude)], NOON)).toBe(1);
});

test("and twice as much at a peak", () => {
  const pro = [leg(tariffOf("deepseek", "deepseek-v4-pro"))];
  expect(mostTimes(asked(), pro, Date.UTC(2026, 10, 26, 9, 59))).toBe(2);
  expect(mostTimes(asked(), pro, NOON)).toBe(1);
});
