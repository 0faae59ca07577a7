import { describe, expect, test } from "bun:test";
import { EDITIONS, mustBeParts } from "../../test/support/ai-sdk-parts.ts";
import { eventsOf } from "./support/answers.ts";
import { answered, CONVERSE, isThere, RESPONSES, titled } from "./support/exchanges.ts";

/** Every recorded answer, told to clients of the AI SDK. */

const ALL = [...answered, ...[...RESPONSES, ...CONVERSE].filter(({ status }) => status === 200)];

describe.each(EDITIONS)("in edition %s", (edition) => {
  test.each(titled(ALL))("%s", (_, one) => mustBeParts(eventsOf(one), edition));
});

test("the recordings are there", () => {
  expect([isThere, ALL.length > 500]).toEqual([true, true]);
});
