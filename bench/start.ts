import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
let started = 0;

/** Milliseconds from starting the process, and from `npm start`, to the first answered request. */
export async function firstReply(folder: string): Promise<{ bun: number; npm: number }> {
  const args = () => [
    "start",
    "--simulate",
    "--port",
    String(freePort()),
    "--data",
    join(folder, `start-${started++}`),
  ];
  // In this order: the second runs what the first has made, if that was out of date.
  const npm = await time(["npm", "start", "--silent", "--"], args().slice(1));
  const bun = await time(
    [process.execPath, "--no-install", "--no-env-file", join(ROOT, "dist/program/main.js")],
    args(),
  );
  return { bun, npm };
}

async function time(command: string[], args: string[]): Promise<number> {
  const port = args[args.indexOf("--port") + 1];
  const startedAt = performance.now();
  const child = Bun.spawn([...command, ...args], {
    cwd: ROOT,
    stdout: "ignore",
    stderr: "inherit",
    env: { ...process.env, AI_GATEWAY_API_KEY: "bench" },
  });
  const body = JSON.stringify({
    model: "openai/gpt-5",
    messages: [{ role: "user", content: "[sim tokens=1 every=0] Hello" }],
  });
  for (;;) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: "Bearer bench", "content-type": "application/json" },
        body,
      });
      if (response.ok) break;
    } catch {
      await Bun.sleep(2);
    }
  }
  const took = performance.now() - startedAt;
  child.kill();
  await child.exited;
  return took;
}

function freePort(): number {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = probe;
  probe.stop(true);
  return port;
}
