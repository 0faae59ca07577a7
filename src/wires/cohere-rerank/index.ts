import type { Ask } from "../../core/ask.ts";
import { type JsonObject, present } from "../../core/json.ts";
import type { Usage } from "../../core/usage.ts";
import { reworded } from "../ai-sdk.ts";
import { rerankWords } from "../ai-sdk-reranking-model/relay.ts";
import { gatewayFields } from "../gateway-fields.ts";
import { decodeError } from "../openai-chat/error.ts";
import { mustFit } from "../shape.ts";
import { HEARTBEAT } from "../sse.ts";
import type { Relay, Wire } from "../wire.ts";
import { encodeError, encodeErrorFrame } from "./error.ts";
import { relayAnswer, relayRequest } from "./relay.ts";
import { rerankBody, textsOf } from "./schema.ts";

const relay: Relay = { request: relayRequest, answer: relayAnswer };

/** Cohere's rerank, in both of its editions: the second is the first without objects and without documents in the reply. */
export const cohereRerank: Wire = {
  name: "cohere-rerank",
  operation: "rerank",
  path: () => "/rerank",
  decodeError,
  inbound: { read, encodeError, encodeErrorFrame, heartbeat: HEARTBEAT },
  relay,
  adapts: { "ai-sdk-reranking-model": reworded("cohere-rerank", relay, rerankWords) },
};

function read(body: JsonObject): Ask {
  mustFit(rerankBody, body);
  const most = mostOf(body);
  return {
    wire: "cohere-rerank",
    operation: "rerank",
    body,
    most,
    // The query was read with every document, whether anybody tells that or not.
    unheard: present({ input: most.input }),
    model: body.model as string,
    stream: false,
    gateway: gatewayFields(body),
    needs: [],
    outputCap: 0,
    hideReasoning: false,
  };
}

/** Documents that are ranked for one search unit, and tokens (the query's among them) beyond which one counts as several: https://cohere.com/pricing */
const DOCUMENTS_PER_UNIT = 100;
const TOKENS_PER_DOCUMENT = 500;
const BYTES_PER_TOKEN = 4;

/** Where tokens are paid, the query is read with every document: https://docs.voyageai.com/docs/reranker */
function mostOf(body: JsonObject): Usage {
  const query = tokens(body.query as string);
  const room = Math.max(1, TOKENS_PER_DOCUMENT - query);
  let input = 0;
  let pieces = 0;
  for (const text of textsOf(body)) {
    const read = tokens(text);
    input += query + read;
    pieces += Math.max(1, Math.ceil(read / room));
  }
  return { search_units: Math.ceil(pieces / DOCUMENTS_PER_UNIT), input };
}

function tokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}
