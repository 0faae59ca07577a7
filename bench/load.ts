/**
 * The clients. Runs on the core of the provider, as a process of its own: reads a Task as JSON, prints JSON.
 */
export type Task =
  /** Requests at a rate, whatever the answers take: latency without coordinated omission. */
  | { kind: "rate"; port: number; path: string; body: string; perSecond: number; seconds: number; connections: number }
  /** One request after the other. */
  | { kind: "turns"; port: number; path: string; body: string; count: number }
  /** Streams that all begin at once. */
  | { kind: "streams"; port: number; body: string; streams: number; path: string };

export interface RateResult {
  done: number;
  /** Not sent, since every connection was busy. */
  missed: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

export interface TurnsResult {
  /** Milliseconds. */
  p50: number;
}

export interface StreamsResult {
  finished: number;
  /** Most streams that were open at one time. */
  openTogether: number;
  /** Milliseconds to the first content, median. */
  firstContent: number;
}

function requestBytes(path: string, body: string): Buffer {
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer bench\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

interface Client {
  sentAt: number;
  /** Bytes that the answer still lacks; 0 before its head has come. */
  missing: number;
  socket: Bun.Socket<Client>;
}

async function atRate({
  port,
  path,
  body,
  perSecond,
  seconds,
  connections,
}: Extract<Task, { kind: "rate" }>): Promise<RateResult> {
  const request = requestBytes(path, body);
  const idle: Client[] = [];
  const latencies: number[] = [];
  for (let i = 0; i < connections; i++) {
    const client = { sentAt: 0, missing: 0 } as Client;
    client.socket = await Bun.connect<Client>({
      hostname: "127.0.0.1",
      port,
      data: client,
      socket: {
        data(socket, bytes) {
          const { data } = socket;
          if (data.missing === 0) {
            const text = bytes.toString("latin1");
            if (!text.startsWith("HTTP/1.1 200")) throw new Error(`not every reply was a 200:\n${text}`);
            const blank = text.indexOf("\r\n\r\n");
            data.missing = blank + 4 + Number(/content-length: *(\d+)/i.exec(text)![1]);
          }
          data.missing -= bytes.length;
          if (data.missing > 0) return;
          latencies.push(performance.now() - data.sentAt);
          idle.push(data);
        },
      },
    });
    idle.push(client);
  }
  let sent = 0;
  let missed = 0;
  const startedAt = performance.now();
  for (;;) {
    const elapsed = performance.now() - startedAt;
    if (elapsed > seconds * 1000) break;
    for (const due = Math.floor((elapsed * perSecond) / 1000); sent < due; sent++) {
      const client = idle.pop();
      if (client === undefined) missed++;
      else {
        client.sentAt = performance.now();
        client.socket.write(request);
      }
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Bun.sleep(100);
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return { done: latencies.length, missed, p50: at(0.5), p99: at(0.99) };
}

async function inTurns({ port, path, body, count }: Extract<Task, { kind: "turns" }>): Promise<TurnsResult> {
  const headers = { authorization: "Bearer bench", "content-type": "application/json" };
  const latencies: number[] = [];
  while (latencies.length < count) {
    const startedAt = performance.now();
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`not every reply was a 200:\n${text}`);
    latencies.push(performance.now() - startedAt);
  }
  latencies.sort((a, b) => a - b);
  return { p50: latencies[Math.floor(count / 2)] ?? Number.NaN };
}

/** What only the last of a stream says, on each wire. */
const ENDS = ["[DONE]", "event: message_stop", "event: response.completed", '"finishReason"'];

async function inStreams({ port, body, streams, path }: Extract<Task, { kind: "streams" }>): Promise<StreamsResult> {
  const request = requestBytes(path, body);
  const firsts: number[] = [];
  let finished = 0;
  let open = 0;
  let openTogether = 0;
  await new Promise<void>((resolve) => {
    for (let i = 0; i < streams; i++) {
      const startedAt = performance.now();
      let spoken = false;
      Bun.connect({
        hostname: "127.0.0.1",
        port,
        socket: {
          open(socket) {
            socket.write(request);
          },
          data(socket, bytes) {
            if (!spoken && bytes.includes(" water")) {
              spoken = true;
              firsts.push(performance.now() - startedAt);
              openTogether = Math.max(openTogether, ++open);
            }
            if (!ENDS.some((end) => bytes.includes(end))) return;
            finished++;
            open--;
            socket.end();
          },
          close() {
            if (--left === 0) resolve();
          },
        },
      });
    }
    let left = streams;
  });
  firsts.sort((a, b) => a - b);
  return { finished, openTogether, firstContent: firsts[Math.floor(firsts.length / 2)] ?? Number.NaN };
}

async function perform(task: Task): Promise<object> {
  switch (task.kind) {
    case "rate":
      return atRate(task);
    case "turns":
      return inTurns(task);
    case "streams":
      return inStreams(task);
  }
}

if (import.meta.main) {
  process.stdout.write(`${JSON.stringify(await perform((await Bun.stdin.json()) as Task))}\n`);
  process.exit();
}
