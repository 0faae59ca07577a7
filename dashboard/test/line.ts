/** Server-sent events as a browser hears them, for a runtime that has none; without its trying again. */
export class Line extends EventTarget {
  static readonly CLOSED = 2;
  readyState = 0;
  private readonly hangUp = new AbortController();

  constructor(path: string) {
    super();
    void this.hear(path);
  }

  close(): void {
    this.readyState = Line.CLOSED;
    this.hangUp.abort();
  }

  private async hear(path: string): Promise<void> {
    try {
      const reply = await fetch(path, { signal: this.hangUp.signal });
      if (!reply.ok) throw new Error(`refused: ${reply.status}`);
      this.readyState = 1;
      this.dispatchEvent(new Event("open"));
      let rest = "";
      for await (const piece of reply.body!.pipeThrough(new TextDecoderStream() as never)) {
        const blocks = (rest + String(piece)).split("\n\n");
        rest = blocks.pop()!;
        for (const block of blocks) this.tell(block);
      }
      throw new Error("the line was cut");
    } catch {
      if (this.readyState === Line.CLOSED) return;
      this.readyState = Line.CLOSED;
      this.dispatchEvent(new Event("error"));
    }
  }

  private tell(block: string): void {
    const field = (name: string) =>
      block
        .split("\n")
        .filter((line) => line.startsWith(`${name}: `))
        .map((line) => line.slice(name.length + 2))
        .join("\n");
    const data = field("data");
    if (data !== "") this.dispatchEvent(new MessageEvent(field("event") || "message", { data }));
  }
}
