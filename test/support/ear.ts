import { expect } from "bun:test";
import type { LiveEvents } from "../../src/admin/contract.ts";
import { TOKEN } from "../access/keys.ts";

type Told = { [Name in keyof LiveEvents]: { name: Name; data: LiveEvents[Name] } }[keyof LiveEvents];

/** Somebody who listens, until they are told to stop. */
export class Ear {
  readonly told: Told[] = [];
  over = false;
  private readonly leaving = new AbortController();
  private readonly reading: Promise<void>;
  private wake: () => void = () => {};

  private constructor(reply: Response) {
    this.reading = this.read(reply).catch(() => {});
  }

  /** @param origin where the gateway is, without a slash at its end */
  static async open(origin: string, headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` }) {
    const leaving = new AbortController();
    const reply = await fetch(`${origin}/admin/events`, { headers, signal: leaving.signal });
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    expect([reply.headers.get("cache-control"), reply.headers.get("access-control-allow-origin")]).toEqual([
      "no-store",
      null,
    ]);
    expect(reply.headers.get("x-accel-buffering")).toBe("no");
    const ear = new Ear(reply);
    ear.leaving.signal.addEventListener("abort", () => leaving.abort());
    return ear;
  }

  private async read(reply: Response): Promise<void> {
    let text = "";
    const decoder = new TextDecoder();
    for await (const bytes of reply.body!) {
      text += decoder.decode(bytes, { stream: true });
      const frames = text.split("\n\n");
      text = frames.pop()!;
      for (const frame of frames) {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(frame) ?? [];
        if (name !== undefined) this.told.push({ name, data: JSON.parse(data!) } as Told);
        else expect(frame).toBe("retry: 2000");
      }
      this.wake();
    }
    this.over = true;
    this.wake();
  }

  /** The first event of this name that is good, of those that came or come. */
  async hears<Name extends keyof LiveEvents>(
    name: Name,
    isGood: (data: LiveEvents[Name]) => boolean = () => true,
  ): Promise<LiveEvents[Name]> {
    for (;;) {
      const found = this.told.find((one) => one.name === name && isGood(one.data as LiveEvents[Name]));
      if (found !== undefined) return found.data as LiveEvents[Name];
      if (this.over) throw new Error(`it ended without ${name}`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async ends(): Promise<void> {
    await this.reading;
  }

  /** @returns once it is over */
  leave(): Promise<void> {
    this.leaving.abort();
    return this.reading;
  }
}
