import type { Ask } from "../../core/ask.ts";
import { GatewayError } from "../../core/error.ts";
import { type JsonObject, objectAt, stringAt } from "../../core/json.ts";
import type { Dropped } from "../../core/request.ts";
import { addOptions } from "../provider-options.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";
import { wishesOf } from "../wishes.ts";

const OWN = ["models", "provider", "providerOptions", "tags", "user"] as const;
/** What it calls otherwise, or has not. */
const OPENAIS = ["model", "input", "voice", "instructions", "response_format", "stream_format"] as const;
const CODECS: ReadonlySet<string> = new Set(["mp3", "wav", "pcm", "mulaw", "alaw"]);

/** The client's body in xAI's words: there is one model, which hears the language in the text. @throws GatewayError `unsupported` */
export function relayRequest(ask: Ask, { provider }: LegFacts): EncodedRequest {
  const { body: written } = ask;
  const body: JsonObject = { text: written.input!, language: "auto", ...written };
  const dropped = new Set<Dropped>();
  for (const name of [...OWN, ...OPENAIS]) delete body[name];
  const voice = stringAt(written.voice) ?? stringAt(objectAt(written.voice)?.id);
  if (voice !== undefined) body.voice_id = voice;
  const format = stringAt(written.response_format);
  if (format !== undefined && !CODECS.has(format)) throw unsaid("response_format", format, provider);
  if (ask.isBytes !== true) throw unsaid("stream_format", "sse", provider);
  if (format !== undefined) body.output_format = { codec: format };
  if (written.instructions !== undefined) dropped.add("instructions");
  if (wishesOf(ask)?.serviceTier !== undefined) dropped.add("service_tier");
  addOptions(body, objectAt(written.providerOptions), provider, dropped);
  body.text = written.input!;
  return { body, dropped: [...dropped], headers: { accept: "*/*" } };
}

function unsaid(param: string, word: string, provider: string): GatewayError {
  return new GatewayError("unsupported", `"${param}" cannot be "${word}" at ${provider}.`, { param });
}
