import { spawn } from "node:child_process";

/** A port of this machine at which nobody listens: it was free a moment ago. */
export function closedPort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

/** A port at which somebody listens and never takes a call. */
export interface DeafPort {
  readonly port: number;
  stop(): void;
}

/** Listens, and then never looks again: once its queue is full, connecting to it has no end. */
const DEAF = `
  const server = require("node:net").createServer();
  server.listen({ host: "127.0.0.1", port: 0, backlog: 1 }, () => {
    require("node:fs").writeSync(1, server.address().port + "\\n");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** Fills the queue of a listener that has stopped looking. Linux keeps further calls waiting without an answer. */
export async function deafPort(): Promise<DeafPort> {
  const listener = spawn("node", ["-e", DEAF], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise<number>((resolve) => listener.stdout.once("data", (text) => resolve(Number(text))));
  const callers = await Promise.all([0, 1].map(() => call(port)));
  return {
    port,
    stop() {
      for (const caller of callers) caller.terminate();
      listener.kill("SIGKILL");
    },
  };
}

function call(port: number) {
  return Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
}
