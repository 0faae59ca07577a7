import { count, duration, flag, json, list, oneOf, optional, point, size, someOf, text } from "./scenario-values.ts";

/**
 * Everything a directive can ask for, such as `[sim tokens=200 every=20ms]`. This table is the grammar, the type
 * {@link Scenario} and the reference in the documentation.
 *
 * A count of chunks (`cut=3`) counts pieces of content. Without a value such a fault comes before the first byte of
 * the answer; with `0`, after the head and the opening frames. In an answer that is not streamed any count means "after
 * half of the body".
 */
// biome-ignore format: a table reads best with one key a line
export const SCENARIO_KEYS = {
  // What is said
  tokens: { read: count, example: "tokens=200", meaning: "Text of so many tokens; `endless` goes on until the client leaves (streams only)." },
  say: { read: text, example: 'say="Hello."', meaning: "Exactly this text." },
  mark: { read: text, example: "tokens=9 mark=a7", meaning: "Every token carries this mark and its number, so that a repeated or lost one is seen." },
  think: { read: count, example: "think=50", meaning: "So many tokens of thought before the answer." },
  redacted: { read: flag, example: "redacted", meaning: "The thought is a redacted block (anthropic-messages)." },
  tool: { read: text, example: "tool=get_weather", meaning: "Calls this tool, offered or not." },
  tools: { read: count, example: "tools=2", meaning: "Calls so many of the offered tools at once." },
  args: { read: text, example: "args='{\"city\":\"Oslo\"}'", meaning: "The arguments of every call, as they stand: they need not be JSON." },
  searches: { read: count, example: "searches=12", meaning: "Searches the web so many times by itself before it answers, where a search is offered, and no more often than the request lets it (chat: only the count in `usage`)." },
  heedless: { read: flag, example: "searches=12 heedless", meaning: "Searches as often as it likes, whatever the request lets it." },
  rounds: { read: count, example: "rounds=3", meaning: "Calls tools so many times in a row before it answers (once without it)." },
  finish: { read: text, example: "finish=length", meaning: "Why it ends: `stop`, `length`, `tools`, `refusal`, `filter`, `pause`, or the provider's own word." },
  refusal: { read: flag, example: "refusal", meaning: "Refuses to answer, in the provider's way." },
  empty: { read: flag, example: "empty", meaning: "Ends well without having said anything." },

  // Numbers
  cached: { read: count, example: "cached=1000", meaning: "Adds so many tokens to the prompt, read from the prompt cache." },
  "cache-write": { read: count, example: "cache-write=1000", meaning: "Adds so many tokens to the prompt, written to the prompt cache." },
  "no-usage": { read: flag, example: "no-usage", meaning: "No usage anywhere." },
  usage: { read: oneOf("twice", "every", "early"), example: "usage=twice", meaning: "In a stream, usage comes `twice`, with `every` piece of content, or only `early`, before the content." },

  // Pace
  every: { read: duration, example: "every=20ms", meaning: "Time between two pieces (8ms without it; 0 sends all at once). In a plain answer the whole time passes before the first byte." },
  delay: { read: duration, example: "delay=2s", meaning: "Time before the head of the answer." },
  pause: { read: duration, example: "pause=300ms", meaning: "Time between the opening frames and the first content." },
  pings: { read: count, example: "pings=3", meaning: "So many keep-alive frames before the content, one `every`; `endless` never gets to the content." },
  bytes: { read: count, example: "bytes=1 every=50ms", meaning: "The body goes out so many bytes at a time." },

  // Refusals
  status: { read: count, example: "status=529", meaning: "Answers with this status and the provider's error for it." },
  "retry-after": { read: text, example: "status=429 retry-after=2", meaning: "The header, as it stands." },
  "retry-after-ms": { read: text, example: "status=429 retry-after-ms=50", meaning: "The header, as it stands." },
  message: { read: text, example: 'status=400 message="no"', meaning: "The message of the error." },
  "no-credit": { read: flag, example: "no-credit", meaning: "The account is empty, in the provider's words." },
  "too-long": { read: flag, example: "too-long", meaning: "The prompt is longer than the context, in the provider's words." },
  html: { read: flag, example: "html status=504", meaning: "An HTML page from a proxy in between (502 without `status`)." },
  redirect: { read: optional("http://169.254.169.254/latest/meta-data/"), example: "redirect=http://example.com/", meaning: "A 302 to that address (without one, to a cloud's metadata)." },

  // Broken answers
  error: { read: point, example: "error=3", meaning: "After so many chunks an error event; without a value it is the first event. Not streamed: a 500." },
  cut: { read: point, example: "cut=3", meaning: "After so many chunks the connection is closed (FIN), in the middle of the body." },
  eof: { read: point, example: "eof=3", meaning: "After so many chunks the body ends as HTTP wants it, but without its end mark." },
  reset: { read: point, example: "reset=3", meaning: "After so many chunks the connection is reset (RST)." },
  silence: { read: point, example: "silence=3", meaning: "After so many chunks nothing more comes, and the connection stays open." },
  garbage: { read: flag, example: "garbage", meaning: "A 200 with an HTML page." },
  "error-200": { read: flag, example: "error-200", meaning: "A 200 with JSON that holds an error." },
  body: { read: text, example: "body=null", meaning: "Exactly this body, as JSON, with 200 or `status`." },
  truncated: { read: flag, example: "truncated", meaning: "The content-length promises more than comes." },
  extra: { read: flag, example: "extra", meaning: "A second answer that nobody asked for follows the first." },
  big: { read: size, example: "big=25mb", meaning: "One event (or JSON string) of so many bytes that never ends." },
  gzip: { read: size, example: "gzip=1gb", meaning: "A gzip body that unpacks to so many bytes." },
  encoding: { read: text, example: "encoding=br", meaning: "The content-encoding header, while the body is plain." },
  headers: { read: count, example: "headers=1000", meaning: "So many headers more." },
  "header-size": { read: size, example: "header-size=20kb", meaning: "One header of so many bytes more." },
  informational: { read: count, example: "informational=1000", meaning: "So many 103 answers first." },
  omit: { read: list, example: "omit=id,usage", meaning: "Members of the answer (`usage.total_tokens`) that are left out, in every frame." },
  patch: { read: json, example: "patch='{\"choices\":null}'", meaning: "Laid over the answer; in a stream, over the frames that have the member." },
  answer: { read: oneOf("json", "stream"), example: "answer=json", meaning: "Answers so, whatever was asked for." },
  framing: { read: someOf("crlf", "cr", "bom", "tight", "comments", "split", "glued", "after-end"), example: "framing=crlf,bom", meaning: "Dialects of SSE: `crlf`, `cr`, `bom`, `tight`, `comments`, `split`, `glued`, `after-end`." },
  quirk: { read: someOf("whole", "ids", "gaps", "no-index", "late-name", "role", "joined", "reasoning", "no-done", "restart"), example: "quirk=ids", meaning: "Oddities of streamed chat: `whole`, `ids`, `gaps`, `no-index`, `late-name`, `role`, `joined` (text and reason in one), `reasoning` (thought as `reasoning_content`), `no-done`; of messages: `gaps`, `restart`." },

  // Which requests
  model: { read: text, example: "model=gpt-5 status=503", meaning: "Only requests for this model." },
  path: { read: text, example: "path=/openai status=503", meaning: "Only requests whose path begins so." },
  first: { read: count, example: "first=2 id=abc status=500", meaning: "Only the first so many requests that carry this directive, to the letter." },
  id: { read: text, example: "id=abc", meaning: "Makes a directive one of its own, for `first`." },
  "strict-roles": { read: flag, example: "strict-roles", meaning: "Refuses turns that do not alternate, as the Messages API did before it joined them." },
} as const satisfies Record<string, ScenarioKey>;

/** One key of a directive. `read` returns `undefined` for a value it cannot take. */
export interface ScenarioKey {
  read(value: string | undefined): unknown;
  example: string;
  /** One line for the documentation. */
  meaning: string;
}

export type ScenarioName = keyof typeof SCENARIO_KEYS;

/** What the directives of one request ask for. */
export type Scenario = { readonly [K in ScenarioName]?: NonNullable<ReturnType<(typeof SCENARIO_KEYS)[K]["read"]>> };
