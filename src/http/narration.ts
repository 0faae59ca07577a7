import type { LiveAttempt } from "../admin/contract.ts";
import { GatewayError } from "../core/error.ts";
import type { Reply } from "../gateway/call.ts";
import { errorOf } from "../gateway/defect.ts";
import type { Departure } from "../gateway/departure.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Hear } from "../gateway/heard.ts";
import type { Inbound } from "../wires/wire.ts";

export interface NarrationParts {
  readonly gateway: Gateway;
  /** Of the request. */
  readonly id: string;
  readonly inbound: Inbound;
  readonly departure: Departure;
}

/** Bytes that wait for who does not read. */
const HIGH_WATER = 16 * 1024;

/**
 * A reply that tells of each attempt as it is made, in events of its own (`attempt`), and then whatever the reply is: the events of a stream, or
 * a whole answer as one. What is refused before anybody is asked is refused as ever.
 * @throws GatewayError
 */
export async function narrated(
  { gateway, id, inbound, departure }: NarrationParts,
  serve: (hear: Hear) => Promise<Reply>,
): Promise<Reply> {
  const early: Uint8Array[] = [];
  let tell = (event: Uint8Array) => void early.push(event);
  const { promise: asked, resolve } = Promise.withResolvers<"asked">();
  const reply = serve((attempt: LiveAttempt) => {
    tell(Buffer.from(`event: attempt\ndata: ${JSON.stringify(attempt)}\n\n`));
    resolve("asked");
  });
  const first = await Promise.race([asked, reply]);
  if (first !== "asked") return first;
  let rest: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let isOver = false;
  const end = (controller: ReadableStreamDefaultController<Uint8Array>, last?: string) => {
    if (isOver) return;
    isOver = true;
    if (last !== undefined) controller.enqueue(Buffer.from(last));
    controller.close();
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        for (const event of early) controller.enqueue(event);
        tell = (event) => {
          if (!isOver) controller.enqueue(event);
        };
      },
      async pull(controller) {
        try {
          if (rest === undefined) {
            const { body: said } = await reply;
            if (!(said instanceof ReadableStream)) return end(controller, wholeEvent(said));
            rest = said.getReader() as ReadableStreamDefaultReader<Uint8Array>;
          }
          const { done, value } = await rest.read();
          if (done) end(controller);
          else if (!isOver) controller.enqueue(value);
        } catch (thrown) {
          end(controller, inbound.encodeErrorFrame(errorOf(gateway, id, thrown), id));
        }
      },
      async cancel() {
        isOver = true;
        departure.leave();
        await rest?.cancel();
      },
    },
    { highWaterMark: HIGH_WATER, size: (chunk) => chunk?.byteLength ?? 0 },
  );
  reply.catch(() => {});
  return { contentType: "text/event-stream", body, simulated: gateway.snapshot.simulated };
}

/** One line, however the provider has set it. */
function wholeEvent(said: string | Buffer): string {
  const text = said.toString();
  const line = /[\r\n]/.test(text) ? JSON.stringify(JSON.parse(text)) : text;
  return `data: ${line}\n\ndata: [DONE]\n\n`;
}

/** How soon it is seen that somebody may look on no longer. */
const LOOK_MS = 1000;

/** Ends what somebody asked who is let in no more. @returns what ends the looking */
export function guarded(departure: Departure, stays: () => Promise<boolean>): () => void {
  const timer = setInterval(() => {
    stays().then(
      (isIn) => {
        if (!isIn) departure.leave(new GatewayError("signed_out", "Your session is over: sign in again."));
      },
      // Nobody can say: it is seen the next time.
      () => {},
    );
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
