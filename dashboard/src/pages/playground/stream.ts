import type { LiveAttempt } from "../../../../src/admin/contract.ts";
import { ApiError, reach } from "../../api/client.ts";
import { type Answer, NOTHING_YET, over, withHeard, withTold } from "./answer.ts";
import type { ChatBody } from "./conversation.ts";

/**
 * Asks as a client would, and tells the answer as it grows: at most once for each picture that the screen draws.
 * @returns the answer as it ended; whatever went wrong stands in it
 */
export async function asked(body: ChatBody, signal: AbortSignal, tell: (answer: Answer) => void): Promise<Answer> {
  const began = performance.now();
  const sinceBegan = () => performance.now() - began;
  let answer = NOTHING_YET;
  let frame = 0;
  const put = (told: unknown, name = "message") => {
    answer = name === "attempt" ? withHeard(answer, told as LiveAttempt) : withTold(answer, told, sinceBegan());
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      tell(answer);
    });
  };
  try {
    const reply = await reach("/playground/chat/completions?attempts=true", {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
      signal,
    });
    const generationId = reply.headers.get("x-request-id");
    if (generationId !== null) put({ generationId });
    if (reply.headers.get("content-type")?.startsWith("text/event-stream") === true) await read(reply, put);
    else put(await reply.json());
    if (answer.finish === undefined && answer.error === undefined)
      put({ error: { message: "The connection broke before the answer was whole." } });
  } catch (thrown) {
    if (signal.aborted) answer = { ...answer, isStopped: true };
    else if (thrown instanceof ApiError) put(thrown.told ?? { error: { message: thrown.message, code: thrown.code } });
    else put({ error: { message: thrown instanceof Error ? thrown.message : String(thrown) } });
  }
  cancelAnimationFrame(frame);
  answer = over(answer, sinceBegan());
  tell(answer);
  return answer;
}

async function read(reply: Response, put: (told: unknown, name: string) => void): Promise<void> {
  const lines = new Lines();
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    for (const { name, data } of lines.of(value)) if (data !== "[DONE]") put(JSON.parse(data), name);
  }
}

/** Events out of pieces of a stream, however they are cut. The gateway's have one line of data each. */
export class Lines {
  private rest = "";
  private name = "message";

  /** What stands behind `data: ` of the lines that are whole by now, and what their event is called. */
  of(piece: string): { name: string; data: string }[] {
    const lines = (this.rest + piece).split("\n");
    this.rest = lines.pop()!;
    return lines.flatMap((line) => {
      const { name } = this;
      if (line.startsWith("event: ")) this.name = line.slice(7).trimEnd();
      else if (line.trimEnd() === "") this.name = "message";
      return line.startsWith("data: ") ? [{ name, data: line.slice(6).trimEnd() }] : [];
    });
  }
}
