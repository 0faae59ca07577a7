import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/error.ts";
import { Refusal } from "../../src/simulator/answer.ts";
import { checkGenerate } from "../../src/simulator/gemini/rules.ts";
import type { JsonObject } from "../../src/simulator/json.ts";
import { leg } from "../../src/wires/fixtures/facts.ts";
import { wireNamed } from "../../src/wires/index.ts";
import type { Quirk } from "../../src/wires/quirk.ts";
import type { EncodedRequest } from "../../src/wires/wire.ts";
import { EXCHANGES, type Exchange, titled } from "./support/exchanges.ts";

/** Recorded requests of other vendors' clients, in Gemini's words. */

const gemini = wireNamed("gemini-generate");
const NEWEST: readonly Quirk[] = ["thinking-level", "signed-calls"];

function encoded({ wire, request }: Exchange, ...quirks: readonly Quirk[]): EncodedRequest {
  const ask = wire.inbound!.read(structuredClone(request!));
  return gemini.outbound!.encodeRequest(wire.inbound!.transcode!.decodeRequest(ask), leg(...quirks));
}

/** Azure has the model in the path: such a body names none, and is no body for this gateway. */
const asked = EXCHANGES.filter(({ wire, request }) => wire.inbound?.transcode !== undefined && request?.model);

/** Whether a call of the history has no result: some vendors take that. */
function loose({ request }: Exchange): boolean {
  const said = JSON.stringify(request);
  const calls = said.match(/"type":"(tool_use|function_call)"|"function":\{"(arguments|name)":"/g) ?? [];
  const results = said.match(/"type":"(tool_result|function_call_output)"|"role":"tool"/g) ?? [];
  return calls.length !== results.length;
}

describe("a request of another vendor's client is one that Google takes", () => {
  test.each(titled(asked))("%s", (_, one) => {
    let result: EncodedRequest;
    try {
      result = encoded(one, ...NEWEST);
    } catch (thrown) {
      if (!(thrown instanceof GatewayError)) throw thrown;
      expect(["unsupported", "invalid_request"]).toContain(thrown.code);
      expect(thrown.details.param).toBeDefined();
      return;
    }
    const body = result.body as JsonObject;
    try {
      checkGenerate({ ...body, model: "gemini-3.5-flash" });
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      // A history that leaves a call without its result is the client's, and only Google knows Google's signatures.
      if (thrown.message.includes("function response parts")) expect(loose(one)).toBe(true);
      else expect(thrown.message).toContain("not valid");
    }
    // What could not be said is told, by names that stand in the client's body.
    if (one.wire.name !== "openai-chat") return;
    const words = JSON.stringify(one.request);
    for (const told of result.dropped) {
      const last = told.split(".").at(-1)!;
      // Thinking and cache marks have a name at each vendor; these are ours.
      const names: Record<string, RegExp> = { cache_control: /cache_control|prompt_cache_breakpoint/ };
      const name = /^reasoning/.test(last) ? /reasoning\w*|thinking/ : new RegExp(last.replace("[]", ""));
      expect(words).toMatch(names[last] ?? name);
    }
  });
});
