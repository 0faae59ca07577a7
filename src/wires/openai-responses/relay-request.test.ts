import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../core/json.ts";
import { errorOf, leg } from "../fixtures/facts.ts";
import type { Quirk } from "../quirk.ts";
import { openaiResponses } from "./index.ts";
import { relayRequest } from "./relay-request.ts";

function relayed(members: JsonObject, ...quirks: Quirk[]) {
  const ask = openaiResponses.inbound!.read({ model: "acme/large", input: "Hi", ...members });
  return relayRequest(ask, leg(...quirks));
}

describe("a provider that keeps nothing", () => {
  test("is not asked to go on from what it kept: it would begin anew, and nobody would know", () => {
    const error = errorOf(() => relayed({ previous_response_id: "gen_1" }, "keeps-nothing"));
    expect([error.code, error.details.param]).toEqual(["unsupported", "previous_response_id"]);
  });

  test("is not asked to keep, and the client is told", () => {
    expect(relayed({ store: true }, "keeps-nothing")).toEqual({
      body: { model: "large-2026", input: "Hi", store: false },
      dropped: ["store"],
    });
    for (const members of [{ store: false }, {}, { store: null }])
      expect(relayed(members, "keeps-nothing")).toEqual({
        body: { model: "large-2026", input: "Hi", ...members },
        dropped: [],
      });
  });

  test("any other gets both as they stand", () => {
    const members = { store: true, previous_response_id: "gen_1" };
    expect(relayed(members)).toEqual({ body: { model: "large-2026", input: "Hi", ...members }, dropped: [] });
  });
});
