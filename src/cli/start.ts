import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { IDLE_SECONDS } from "../http/server.ts";
import { createGateway, type Headgate } from "../index.ts";
import { greeting } from "./greeting.ts";
import { CONFIG_OPTIONS } from "./options.ts";
import { stopped } from "./signals.ts";
import { type Command, readOptions } from "./usage.ts";

/** How long a balancer gets to see that we are not ready before we stop listening. */
const NOTICE_MS = 2000;

export const start: Command = {
  means: "Serve.",
  options: CONFIG_OPTIONS,
  async run(args) {
    const { config, file } = loadConfig(readOptions(args, CONFIG_OPTIONS), process.env);
    const headgate = createGateway({ config });
    const server = listen(config, headgate);
    introduce(config, file, headgate, `http://${authority(config.host, server.port ?? config.port)}`);
    await stopped();
    const forced = await drain(server, headgate, config.drain_seconds * 1000);
    headgate.close();
    return forced ? 1 : 0;
  },
};

function listen(config: Config, headgate: Headgate) {
  try {
    return Bun.serve({
      hostname: config.host,
      port: config.port,
      development: false,
      idleTimeout: IDLE_SECONDS,
      // Counted here, so that a body that is too large gets an answer in the client's own format.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch: (request, server) => headgate.fetch(request, server),
    });
  } catch (thrown) {
    headgate.close();
    const { code } = thrown as { code?: string };
    if (code === "EADDRINUSE") throw new Error(`port ${config.port} is in use; choose another with --port`);
    throw thrown;
  }
}

/** Says where it is and how to use it. Secrets go to a person's terminal, or into a file for the one who installs. */
function introduce(config: Config, file: string | undefined, { gateway, fresh }: Headgate, url: string): void {
  const { snapshot } = gateway;
  const facts = { url, file, fresh, simulated: snapshot.simulated, providers: [...snapshot.choice.credentials.keys()] };
  if (fresh === undefined || process.stdout.isTTY) {
    process.stdout.write(greeting(facts));
    return;
  }
  const path = resolve(join(config.data, "first-run.txt"));
  writeFileSync(path, greeting(facts), { mode: 0o600 });
  process.stdout.write(greeting({ ...facts, fresh: undefined, keptIn: path }));
}

/** Not ready, then not listening, then the rest of what is open; what outlives the limit is cut. @returns whether something was */
async function drain(server: Bun.Server<unknown>, headgate: Headgate, limitMs: number): Promise<boolean> {
  const quiet = headgate.listener.drain();
  const late = Bun.sleep(limitMs).then(() => true);
  if (headgate.listener.inFlight > 0) process.stdout.write(`Draining: ${headgate.listener.inFlight} open.\n`);
  await Promise.race([Bun.sleep(Math.min(NOTICE_MS, limitMs)), late]);
  const closed = server.stop().then(() => false);
  const forced = await Promise.race([quiet.then(() => closed), late]);
  if (forced) await server.stop(true);
  return forced;
}

function authority(host: string, port: number): string {
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
  return `${name.includes(":") ? `[${name}]` : name}:${port}`;
}
