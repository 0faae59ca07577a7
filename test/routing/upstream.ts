/** A server that is several providers of OpenAI's wire, told apart by the first part of the path. */
export interface Upstream {
  readonly url: string;
  /** Who was asked, in order. */
  readonly asked: string[];
  /** The secrets that were shown. */
  readonly secrets: string[];
  readonly bodies: Record<string, unknown>[];
  /** These answer with 503. */
  readonly failing: Set<string>;
  /** These do not answer at all. */
  readonly silent: Set<string>;
  /** These secrets are refused with 429. */
  readonly limited: Set<string>;
  forget(): void;
  stop(): void;
}

export function startUpstream(): Upstream {
  const asked: string[] = [];
  const secrets: string[] = [];
  const bodies: Record<string, unknown>[] = [];
  const failing = new Set<string>();
  const silent = new Set<string>();
  const limited = new Set<string>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request, server) {
      const name = new URL(request.url).pathname.split("/")[1]!;
      const shown = request.headers.get("authorization") ?? request.headers.get("api-key") ?? "";
      const secret = shown.replace("Bearer ", "");
      const body = (await request.json()) as Record<string, unknown>;
      asked.push(name);
      secrets.push(secret);
      bodies.push(body);
      if (silent.has(name)) {
        server.timeout(request, 0);
        return new Promise<Response>(() => {});
      }
      if (failing.has(name)) return Response.json({ error: { message: "tired" } }, { status: 503 });
      if (limited.has(secret))
        return Response.json({ error: { message: "slow down" } }, { status: 429, headers: { "retry-after": "30" } });
      if (request.url.endsWith("/embeddings")) return Response.json(embedding());
      if (request.url.endsWith("/responses")) return Response.json(response(secret));
      if (body.stream !== true) return Response.json(completion());
      return new Response(stream(), { headers: { "content-type": "text/event-stream" } });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    asked,
    secrets,
    bodies,
    failing,
    silent,
    limited,
    forget() {
      for (const list of [asked, secrets, bodies]) list.length = 0;
      for (const set of [failing, silent, limited]) set.clear();
    },
    stop: () => server.stop(true),
  };
}

const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

function completion(): object {
  const message = { role: "assistant", content: "Hi" };
  const choices = [{ index: 0, message, finish_reason: "stop" }];
  return { id: "chatcmpl-1", object: "chat.completion", created: 1, model: "m", choices, usage: USAGE };
}

/** It is kept on the account that was shown. */
function response(secret: string): object {
  const content = [{ type: "output_text", text: "Hi", annotations: [] }];
  const output = [{ type: "message", id: "msg_1", role: "assistant", status: "completed", content }];
  const usage = { input_tokens: 3, output_tokens: 2, total_tokens: 5 };
  return { id: `resp_of_${secret}`, object: "response", created_at: 1, status: "completed", model: "m", output, usage };
}

function embedding(): object {
  const data = [{ object: "embedding", index: 0, embedding: [0.5, 0.25] }];
  return { object: "list", data, model: "e", usage: { prompt_tokens: 3, total_tokens: 3 } };
}

function stream(): string {
  const chunk = (more: object) =>
    `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m", ...more })}\n\n`;
  const say = (delta: object, finish_reason: string | null = null) =>
    chunk({ choices: [{ index: 0, delta, finish_reason }] });
  return `${say({ role: "assistant", content: "" })}${say({ content: "Hi" })}${say({}, "stop")}${chunk({ choices: [], usage: USAGE })}data: [DONE]\n\n`;
}
