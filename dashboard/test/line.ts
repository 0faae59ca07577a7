/** Server-sent events as a browser hears them, for a runtime that has none; without its trying again. */
export class Line {
  static readonly CLOSED = 2;
  readyState = 0;
  private readonly hangUp = new AbortController();
  private readonly listeners = new Map<string, Set<(told: { data: string }) => void>>();

  constructor(path: string) {
    void this.hear(path);
  }

  addEventListener(name: string, listener: (told: { data: string }) => void): void {
    if (!this.listeners.has(name)) this.listeners.set(name, new Set());
    this.listeners.get(name)!.add(listener);
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
      this.tell("open");
      let rest = "";
      for await (const piece of reply.body!.pipeThrough(new TextDecoderStream() as never)) {
        const blocks = (rest + String(piece)).split("\n\n");
        rest = blocks.pop()!;
        for (const block of blocks) this.read(block);
      }
      throw new Error("the line was cut");
    } catch {
      if (this.readyState === Line.CLOSED) return;
      this.readyState = Line.CLOSED;
      this.tell("error");
    }
  }

  private read(block: string): void {
    const field = (name: string) =>
      block
        .split("\n")
        .filter((line) => line.startsWith(`${name}: `))
        .map((line) => line.slice(name.length + 2))
        .join("\n");
    const data = field("data");
    if (data !== "") this.tell(field("event") || "message", data);
  }

  private tell(name: string, data = ""): void {
    for (const listener of this.listeners.get(name) ?? []) listener({ data });
  }
}
