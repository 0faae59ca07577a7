import { expect, test } from "bun:test";
import { endpointsOf } from "../../src/catalog/endpoint.ts";
import { MODELS } from "../../src/catalog/models.ts";
import { PROVIDERS } from "../../src/catalog/providers/index.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { Inbound } from "../../src/wires/wire.ts";
import { answered, isThere, RESPONSES } from "./support/exchanges.ts";

/**
 * What the catalogue says that a model cannot do it must not have been recorded doing: a request that is refused before it is
 * sent cannot prove us wrong.
 */
const ENDPOINTS = MODELS.flatMap((model) => endpointsOf(model, PROVIDERS));
const served = [...answered, ...RESPONSES.filter(({ status }) => status === 200)];

test.if(isThere)("no recorded answer was given by a model that is known not to be able to", () => {
  let asked = 0;
  for (const { name, provider, wire, request } of served) {
    const inbound = wire.inbound;
    if (inbound === undefined || request === undefined) continue;
    const requires = requiredBy(inbound, request);
    if (requires === undefined) continue;
    for (const { upstream, lacks = [], ...endpoint } of ENDPOINTS) {
      if (endpoint.provider !== provider || upstream !== request.model) continue;
      asked++;
      expect(
        requires.filter((one) => lacks.includes(one)),
        name,
      ).toEqual([]);
    }
  }
  expect(asked).toBeGreaterThan(100);
});

/** What a request asks for; nothing of one that a door does not take, for the ids of files that it names. */
function requiredBy(inbound: Inbound, request: JsonObject) {
  try {
    return inbound.read({ model: "a/cloud", ...request }).requires;
  } catch {
    return undefined;
  }
}
