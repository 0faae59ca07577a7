import { describe, expect, test } from "bun:test";
import { MODELS } from "../../src/catalog/models.ts";
import { GatewayError } from "../../src/core/error.ts";
import { leg } from "../../src/wires/fixtures/facts.ts";
import type { Quirk } from "../../src/wires/quirk.ts";
import { Allowances, differences } from "./support/differences.ts";
import { EXCHANGES, type Exchange, isThere, RESPONSES } from "./support/exchanges.ts";
import { type Again, FORMS, REFORMS } from "./support/forms.ts";

/** A recorded request, decoded and encoded again by its own wire, is what was recorded, minus the written list in `support/forms.ts`. */

const asked = [...EXCHANGES, ...RESPONSES].filter(
  ({ wire, request }) => request !== undefined && wire.inbound?.transcode !== undefined,
);

/** What the doors refuse: what lies in a provider's account, answers in the background, and one body that was recorded without its model. */
const refused = new Map<string, string>();

const taken = asked.flatMap((one) => {
  // Azure and Vertex have the model in the path.
  const body = { model: "deployment", ...structuredClone(one.request!) };
  try {
    return [{ one, body, ask: one.wire.inbound!.read(structuredClone(body)) }];
  } catch (thrown) {
    refused.set(one.name, GatewayError.from(thrown).details.param ?? String(thrown));
    return [];
  }
});

/** What the model itself wants, where it is in the catalogue. */
function quirksOf({ provider, request, quirks, wire }: Exchange): Set<Quirk> {
  const served = MODELS.find(({ offers }) =>
    offers.some((offer) => offer.provider === provider && offer.upstream === request!.model),
  );
  // A provider that refuses it would never have been sent it.
  const takes: Quirk[] = wire.name === "openai-chat" && request!.top_k !== undefined ? ["top-k"] : [];
  return new Set([...quirks, ...(served?.quirks ?? []), ...takes]);
}

const forms = new Allowances<Again>(FORMS, REFORMS);

describe("a recorded request, decoded and encoded again, is what was recorded", () => {
  test.each(taken.map((each) => [each.one.name, each] as const))("%s", (_, { one, body, ask }) => {
    const request = one.wire.inbound!.transcode!.decodeRequest(ask);
    const facts = { ...leg(...quirksOf(one)), provider: one.provider, upstreamModel: String(body.model) };
    const written = one.wire.outbound!.encodeRequest(request, facts);
    const dropped = [...(request.unsaid ?? []), ...written.dropped];
    const again = { wire: one.wire.name, body, dropped };
    forms.mustCover(differences(forms.rewritten(body, again), written.body), again);
  });
});

if (isThere) {
  test("no row of the list is there for nothing", () => forms.mustAllBeNeeded());

  test("hardly any is refused, and for a reason", () => {
    const reasons = Map.groupBy(refused, ([, param]) => param.replace(/\[\d+\]/, "[]"));
    expect(Object.fromEntries([...reasons].map(([param, names]) => [param, names.length]))).toEqual({
      model: 1,
      container: 3,
      previous_response_id: 4,
      "tools[].vector_store_ids": 4,
      background: 4,
    });
  });
}
