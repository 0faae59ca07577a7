import { GatewayError } from "../../core/error.ts";
import type { HeaderFields } from "../../core/headers.ts";
import {
  anObject,
  anything,
  array,
  boolean,
  integer,
  number,
  object,
  oneOf,
  record,
  type Shape,
  string,
  tagged,
  text,
} from "../shape.ts";

/** The specifications of a language model that clients speak: of the AI SDK's majors 5, 6 and 7. */
export const EDITIONS = ["v2", "v3", "v4"] as const;
export type Edition = (typeof EDITIONS)[number];

/**
 * What a call may hold, as far as anyone here acts on it; members, parts and tools that it does not name travel unchecked.
 * https://github.com/vercel/ai/tree/main/packages/provider/src/language-model (v2, v3 and v4 `call-options` and `prompt`)
 */

const options = record(anObject);

const fileData = tagged(
  "type",
  {
    data: object({ data: string }, ["data"]),
    url: object({ url: text }, ["url"]),
    text: object({ text: string }, ["text"]),
    reference: object({ reference: record(string) }, ["reference"]),
  },
  // What lies in a way that nobody knows would be a file of nothing.
  true,
);

/** Base64, an address or a data URL until the third edition, tagged since. */
const data: Shape = (value) => (typeof value === "string" ? undefined : fileData(value));

const textPart = object({ text: string, providerOptions: options }, ["text"]);
const file = object({ data, mediaType: string, filename: string, providerOptions: options }, ["data", "mediaType"]);

const inResult = tagged("type", {
  text: textPart,
  file,
  media: object({ data: string, mediaType: string }, ["data", "mediaType"]),
  "file-data": object({ data: string, mediaType: string, filename: string }, ["data", "mediaType"]),
  "file-url": object({ url: text, mediaType: string }, ["url"]),
  "image-data": object({ data: string, mediaType: string }, ["data", "mediaType"]),
  "image-url": object({ url: text }, ["url"]),
});

const output = tagged("type", {
  text: object({ value: string }, ["value"]),
  json: anything,
  "error-text": object({ value: string }, ["value"]),
  "error-json": anything,
  "execution-denied": object({ reason: string }),
  content: object({ value: array(inResult) }, ["value"]),
});

const part = tagged("type", {
  text: textPart,
  file,
  reasoning: textPart,
  "reasoning-file": object({ data, mediaType: string, providerOptions: options }, ["data", "mediaType"]),
  custom: object({ kind: text, providerOptions: options }, ["kind"]),
  "tool-approval-response": object({ approvalId: text, approved: boolean, reason: string }, ["approvalId", "approved"]),
  "tool-call": object({ toolCallId: string, toolName: text, providerExecuted: boolean, providerOptions: options }, [
    "toolCallId",
    "toolName",
  ]),
  "tool-result": object({ toolCallId: string, toolName: string, output, providerOptions: options }, [
    "toolCallId",
    "output",
  ]),
});

const said = object({ content: array(part), providerOptions: options }, ["content"]);

const message = tagged(
  "role",
  {
    system: object({ content: string, providerOptions: options }, ["content"]),
    user: said,
    assistant: said,
    tool: said,
  },
  true,
);

const provided = object({ id: text, name: string, args: anObject }, ["id"]);
const tool = tagged("type", {
  function: object({ name: text, description: string, inputSchema: anObject, strict: boolean }, ["name"]),
  provider: provided,
  "provider-defined": provided,
});

const toolChoice = tagged(
  "type",
  { auto: anything, none: anything, required: anything, tool: object({ toolName: text }, ["toolName"]) },
  true,
);

export const callBody = object(
  {
    prompt: array(message, 1),
    maxOutputTokens: integer(1),
    temperature: number(0),
    topP: number(0),
    topK: number(0),
    presencePenalty: number(),
    frequencyPenalty: number(),
    stopSequences: array(string),
    seed: integer(),
    responseFormat: tagged(
      "type",
      { text: anything, json: object({ schema: anObject, name: string, description: string }) },
      true,
    ),
    tools: array(tool),
    toolChoice,
    includeRawChunks: boolean,
    reasoning: oneOf("provider-default", "none", "minimal", "low", "medium", "high", "xhigh", "max"),
    providerOptions: options,
  },
  ["prompt"],
);

const MODEL = "ai-language-model-id";
const STREAMING = "ai-language-model-streaming";
const SPECIFICATION = "ai-language-model-specification-version";

/** What the header says of a call: the body has none of it. */
export interface Head {
  readonly model: string;
  readonly stream: boolean;
  readonly edition: Edition;
}

/**
 * @param door the edition of the path that was asked
 * @throws GatewayError `invalid_request`, naming the field
 */
export function readHead(headers: HeaderFields | undefined, door: Edition): Head {
  const told = (name: string) => headers?.get(name) ?? "";
  const model = told(MODEL);
  if (model === "") throw wrong(MODEL, "given: these routes take the model from there");
  const streaming = told(STREAMING).toLowerCase();
  if (streaming !== "" && streaming !== "true" && streaming !== "false") throw wrong(STREAMING, '"true" or "false"');
  return { model, stream: streaming === "true", edition: editionOf(told(SPECIFICATION), door) };
}

/**
 * The edition that the client speaks: what it says, but that the first clients of the third edition still said 2 at its path
 * (`@ai-sdk/gateway` 3.0.0, contract 4.1). Who says nothing speaks the path's.
 */
function editionOf(told: string, door: Edition): Edition {
  if (told === "" || (told === "2" && door === "v3")) return door;
  const edition = EDITIONS.find((known) => known === `v${told}`);
  if (edition === undefined) throw wrong(SPECIFICATION, "2, 3 or 4");
  return edition;
}

function wrong(name: string, what: string): GatewayError {
  return new GatewayError("invalid_request", `The header ${JSON.stringify(name)} must be ${what}.`, { param: name });
}
