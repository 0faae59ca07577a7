import { connect, createServer, type Server, type Socket } from "node:net";

/** Stands between a gateway and its database, and makes of the way what it is told to. */
export class Way {
  private readonly sockets = new Set<Socket>();
  private readonly to: { host: string; port: number };
  private readonly user: string;
  private readonly database: string;
  private server: Server | undefined;
  private port = 0;
  private silent = false;
  private lost: string | undefined;

  /** @param url of the database, `postgres://…` */
  constructor(url: string) {
    const { hostname, port, username, pathname } = new URL(url);
    this.to = { host: hostname, port: Number(port) };
    this.user = username;
    this.database = pathname;
  }

  get url(): string {
    return `postgres://${this.user}@127.0.0.1:${this.port}${this.database}`;
  }

  /** The way is open, at the address that it had before. */
  async open(): Promise<void> {
    const server = createServer((client) => this.join(client));
    await new Promise<void>((listening) => server.listen(this.port, "127.0.0.1", listening));
    this.port = (server.address() as { port: number }).port;
    this.server = server;
  }

  /** All connections break, and none is made. */
  async cut(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((closed) => this.server?.close(closed));
  }

  /** From now on nothing passes, and nobody is told. */
  hush(): void {
    this.silent = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** What the server says to this client of its passes no more, and nobody is told. @returns whether there is such a connection */
  mute(port: number): boolean {
    const found = [...this.sockets].find(({ localPort }) => localPort === port);
    found?.pause();
    return found !== undefined;
  }

  /** As it was. */
  speak(): void {
    this.silent = false;
    for (const socket of this.sockets) socket.resume();
  }

  /** Who is sent this text breaks off once more, with the answer to the `COMMIT` behind it. */
  loseCommit(text: string): void {
    this.lost = text;
  }

  private join(client: Socket): void {
    const server = connect(this.to);
    let sought = "";
    client.on("data", (bytes) => {
      if (this.lost !== undefined && bytes.includes(this.lost)) {
        this.lost = undefined;
        sought = "COMMIT";
      }
      if (sought !== "" && bytes.includes(sought)) server.prependOnceListener("data", () => client.destroy());
    });
    for (const [from, into] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(from);
      from.on("data", (bytes) => into.write(bytes));
      from.on("error", () => {});
      from.on("close", () => {
        this.sockets.delete(from);
        into.destroy();
      });
      if (this.silent) from.pause();
    }
  }
}

/** Ends a gateway whose database was away: of that it may tell until its end. @throws whatever else it complains of */
export async function ended(gateway: { stop(): Promise<void> }): Promise<void> {
  await gateway.stop().catch((thrown: unknown) => {
    if (!/database/.test(String(thrown))) throw thrown;
  });
}
