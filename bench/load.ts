/**
 * The clients. Runs on the core of the provider, as a process of its own: `bun bench/load.ts '<JSON of a Task>'`, prints JSON.
 */
export type Task =
  /** Requests at a rate, whatever the answers take: latency without coordinated omission. */
  | { kind: "rate"; port: number; body: string; perSecond: number; seconds: number; connections: number }
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
  body,
  perSecond,
  seconds,
  connections,
}: Extract<Task, { kind: "rate" }>): Promise<RateResult> {
  const request = requestBytes("/v1/chat/completions", body);
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
            if (!bytes.includes("[DONE]") && !bytes.includes("event: message_stop")) return;
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

if (import.meta.main) {
  const task = JSON.parse(process.argv[2]!) as Task;
  process.stdout.write(`${JSON.stringify(task.kind === "rate" ? await atRate(task) : await inStreams(task))}\n`);
  process.exit();
}
