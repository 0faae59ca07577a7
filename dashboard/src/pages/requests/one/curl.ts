import type { ShownGeneration } from "../../../../../src/admin/contract.ts";

/** Format → where it is spoken, and what is asked there at the least. Those that take files, or their model elsewhere, are not among them. */
const DOORS: Readonly<Record<string, { path: string; body: (said: string) => object }>> = {
  "openai-chat": { path: "/v1/chat/completions", body: (content) => ({ messages: [{ role: "user", content }] }) },
  "openai-responses": { path: "/v1/responses", body: (input) => ({ input }) },
  "anthropic-messages": {
    path: "/v1/messages",
    body: (content) => ({ max_tokens: 1024, messages: [{ role: "user", content }] }),
  },
  "openai-embeddings": { path: "/v1/embeddings", body: (input) => ({ input }) },
};
/** What else is said in when its own format has no words for a command. */
const USUAL: Readonly<Record<string, string>> = { generate: "openai-chat", embed: "openai-embeddings" };

export type CurlFacts = Pick<
  ShownGeneration,
  "wire" | "operation" | "requested_model" | "streamed" | "user" | "tags" | "app" | "app_url" | "zero_data_retention"
>;

/**
 * A command that asks the same again; with the options of the request that are known, and other words, where what was asked was not kept or was cut.
 * @param asked the body as it was kept @returns `undefined` where no command can say it
 */
export function curlOf(facts: CurlFacts, address: string, asked?: string | null): string | undefined {
  const kept = asked == null ? undefined : wholeBody(asked);
  const wire = facts.wire in DOORS ? facts.wire : USUAL[facts.operation];
  const door = wire === undefined ? undefined : DOORS[wire];
  if (door === undefined) return undefined;
  const body =
    kept !== undefined && wire === facts.wire
      ? kept
      : { model: facts.requested_model, ...door.body("…"), ...optionsOf(facts) };
  const { app, app_url: url } = facts;
  const lines = [
    `curl ${address}${door.path}`,
    // The shell puts the key in.
    '-H "Authorization: Bearer $HEADGATE_API_KEY"',
    "-H 'Content-Type: application/json'",
    ...(url === null ? [] : [`-H ${quoted(`HTTP-Referer: ${url}`)}`]),
    ...(app === null || app === url ? [] : [`-H ${quoted(`X-Title: ${app}`)}`]),
    `-d ${quoted(JSON.stringify(body, null, 2))}`,
  ];
  return lines.join(" \\\n  ");
}

function optionsOf({ streamed, user, tags, zero_data_retention: zdr }: CurlFacts): object {
  const gateway = { ...(tags.length === 0 ? {} : { tags }), ...(zdr ? { zeroDataRetention: true } : {}) };
  return {
    ...(streamed ? { stream: true } : {}),
    ...(user === null ? {} : { user }),
    ...(Object.keys(gateway).length === 0 ? {} : { providerOptions: { gateway } }),
  };
}

function wholeBody(text: string): object | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

/** One word for the shell, whatever stands in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
