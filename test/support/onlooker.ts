import type { Went } from "./crowd.ts";

/** What an onlooker asks for, and how often in a second. */
export interface Asking {
  readonly url: string;
  readonly path: string;
  readonly key: string;
  readonly body: object;
  readonly perSecond: number;
}

/**
 * One client among thousands, in a thread of its own. Who asks thousands of times a second is late itself, by 65 ms one time in a
 * hundred (2026-11, 2 cores): this one waits for the gateway alone.
 */
export class Onlooker {
  private readonly thread = new Worker(new URL("./onlooker-thread.ts", import.meta.url).href);

  constructor(asking: Asking) {
    this.thread.postMessage(asking);
  }

  /** It asks no more. @returns how all that it asked for went, once the last has been answered */
  async stop(): Promise<Went[]> {
    const { promise, resolve } = Promise.withResolvers<Went[]>();
    this.thread.onmessage = ({ data }: MessageEvent<Went[]>) => resolve(data);
    this.thread.postMessage("stop");
    const went = await promise;
    this.thread.terminate();
    return went;
  }
}
