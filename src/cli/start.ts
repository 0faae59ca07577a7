import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Model } from "../catalog/model.ts";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import type { Origins } from "../config/settings.ts";
import { isAsked } from "../gateway/allowed.ts";
import type { Snapshot } from "../gateway/gateway.ts";
import { IDLE_SECONDS } from "../http/server.ts";
import { createGateway, type Headgate } from "../index.ts";
import { outliveAccidents } from "./accidents.ts";
import { refuseDangers } from "./dangers.ts";
import { freezePrototype } from "./frozen.ts";
import { type GreetingFacts, greeting } from "./greeting.ts";
import { CONFIG_OPTIONS } from "./options.ts";
import { stopped } from "./signals.ts";
import { type Command, readOptions } from "./usage.ts";
import { thisProgram, type Worker, Workers, workerOf } from "./workers.ts";

/** How long a balancer gets to see that we are not ready before we stop listening; and how long to begin, who is to end already. */
const NOTICE_MS = 2000;
/** How long the last spans may take to a collector. */
const FLUSH_MS = 3000;

export const start: Command = {
  means: "Serve.",
  options: CONFIG_OPTIONS,
  async run(args) {
    refuseDangers(process.env);
    freezePrototype();
    const { config, file, origins } = loadConfig(readOptions(args, CONFIG_OPTIONS), process.env);
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const worker = workerOf(process.env, leave);
    if (config.workers > 1 && worker === undefined) return await many(config, args);
    const stop = Promise.race([stopped(), left]);
    // Whoever is to end before it has begun may be waiting for a database, or for another that brings it up to date.
    const begun = await Promise.race([listen(config, origins, worker), stop.then(() => Bun.sleep(NOTICE_MS))]);
    if (begun === undefined) return 0;
    const { server, headgate } = begun;
    headgate.listener.pressure.watch(mostOpen());
    const alone = worker === undefined ? undefined : ownPlace(config, worker, headgate);
    outliveAccidents();
    // Of many the first one speaks; and whoever has made a key that nobody knows yet.
    if (worker === undefined || worker.first || headgate.fresh !== undefined)
      introduce(config, file, headgate, `http://${authority(config.host, server.port ?? config.port)}`);
    giveBack();
    worker?.ready();
    await stop;
    const forced = await drain(server, headgate, config.drain_seconds * 1000);
    await alone?.stop(true);
    await Promise.race([headgate.flush(), Bun.sleep(FLUSH_MS)]);
    await headgate.close();
    return forced ? 1 : 0;
  },
};

/** Descriptors for all else: the database, idle connections, who asks how it is. */
const OTHER_FILES = 96;

/** How many requests there are descriptors for, of which each may need two. */
function mostOpen(): number {
  let said = "";
  try {
    said = readFileSync("/proc/self/limits", "utf8");
  } catch {
    // Not Linux: nobody tells.
  }
  const files = /^Max open files +(\d+)/m.exec(said)?.[1];
  return files === undefined ? Number.POSITIVE_INFINITY : Math.max(8, Math.floor((Number(files) - OTHER_FILES) / 2));
}

/** The memory that only starting took: 3 MB, in some 10 ms. A turn later: what is looked at weakly is held until its turn is over. */
export function giveBack(): void {
  setImmediate(() => {
    Bun.gc(true);
    Bun.shrink();
  });
}

/** As many gateways as there are to be, at one port. @returns the exit code */
async function many(config: Config, args: readonly string[]): Promise<number> {
  if (process.platform !== "linux")
    throw new Error("--workers needs Linux, whose kernel spreads connections over processes; start one gateway");
  // Free, and nobody else's: workers would share it with whoever shares.
  const place = bind(config, async () => new Response(null, { status: 503 }), false);
  const { port } = place;
  await place.stop(true);
  let workers: Workers | undefined;
  const stop = stopped(() => workers?.kill());
  workers = new Workers({
    count: config.workers,
    command: (number) => {
      // What each keeps for itself lies in a folder of its own.
      const data = number === 1 || config.data === ":memory:" ? config.data : join(config.data, `worker-${number}`);
      return [...thisProgram(), "start", ...args, "--port", `${port}`, "--data", data];
    },
    stop,
    complain: (line) => process.stderr.write(`${new Date().toISOString()} ${line}\n`),
  });
  return await workers.run();
}

/** Where one worker alone is asked, for whoever watches each of them. */
function ownPlace(config: Config, { number }: Worker, { fetch }: Headgate): Bun.Server<unknown> | undefined {
  const { worker_port: first } = config;
  return first === undefined ? undefined : bind({ ...config, port: first + number - 1 }, fetch, false);
}

/** The gateway behind its port. The port comes first: where it is taken, no key has been made that nobody was told. */
async function listen(
  config: Config,
  origins: Origins,
  worker: Worker | undefined,
): Promise<{ server: Bun.Server<unknown>; headgate: Headgate }> {
  let headgate: Headgate | undefined;
  const { promise: ready, resolve } = Promise.withResolvers<Headgate>();
  const answer: Headgate["fetch"] = (request, server) =>
    headgate === undefined ? ready.then((one) => one.fetch(request, server)) : headgate.fetch(request, server);
  const server = bind(config, answer, worker !== undefined);
  try {
    headgate = await createGateway({ config, origins, worker: worker?.number });
    resolve(headgate);
    return { server, headgate };
  } catch (thrown) {
    server.stop(true);
    throw thrown;
  }
}

/** @param among with other workers at the same port: the kernel decides whom a connection goes to */
function bind({ host, port }: Config, fetch: Headgate["fetch"], among: boolean): Bun.Server<unknown> {
  try {
    return Bun.serve({
      hostname: host,
      port,
      development: false,
      // Without development the runtime would share the port with any other gateway, and half of the clients would find their key unknown.
      reusePort: among,
      idleTimeout: IDLE_SECONDS,
      // Counted by the gateway, so that a body that is too large gets an answer in the client's own format.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch,
    });
  } catch (thrown) {
    const { code, message } = thrown as { code?: string; message: string };
    if (code === "EADDRINUSE") throw new Error(`port ${port} is in use; choose another with --port`);
    throw new Error(`cannot listen on ${host}, port ${port} (${message}); choose others with --host and --port`);
  }
}

/** Says where it is and how to use it. Secrets go to a person's terminal, or into a file for the one who installs. */
function introduce(config: Config, file: string | undefined, { gateway, fresh }: Headgate, url: string): void {
  const { snapshot } = gateway;
  const simulated = snapshot.simulated
    ? config.simulate === "always"
      ? "on-request"
      : "for-want-of-credentials"
    : undefined;
  const providers = [...snapshot.choice.credentials.keys()];
  const common = { kept: placeOf(config), redis: config.redis && new URL(config.redis.url).host };
  const dashboard = config.dashboard.url && new URL(config.dashboard.url).origin;
  const model = exampleModel(snapshot);
  const facts = { url, dashboard, file, fresh, simulated, providers, model, ...common } as const;
  if (fresh === undefined || process.stdout.isTTY) {
    process.stdout.write(greeting(facts));
    return;
  }
  if (config.data === ":memory:") {
    throw new Error(
      "with data in memory there is no folder to keep the first key in: start it in a terminal, or with a folder",
    );
  }
  const path = resolve(join(config.data, "first-run.txt"));
  try {
    mkdirSync(config.data, { recursive: true, mode: 0o700 });
    // One from before may be readable by others: its mode would stay.
    rmSync(path, { force: true });
    writeFileSync(path, greeting(facts), { mode: 0o600, flag: "wx" });
  } catch (thrown) {
    const why = (thrown as Error).message;
    throw new Error(
      `the first key could not be kept (${why}), so nobody knows it: ${config.database === undefined ? `remove ${config.data}` : "empty the database"} and start again`,
    );
  }
  process.stdout.write(greeting({ ...facts, fresh: undefined, keptIn: path }));
}

/** Without what shows who may use it. */
function placeOf({ data, database }: Config): GreetingFacts["kept"] {
  if (database === undefined) return { engine: "sqlite", at: data === ":memory:" ? "in memory" : data };
  const { host, pathname } = new URL(database.url);
  return { engine: "postgres", at: host + pathname };
}

const FAMILIAR_MODEL = "openai/gpt-5";

/** A model for the line to try: a familiar one, or else the newest that somebody can serve. */
function exampleModel({ choice, models }: Snapshot): string {
  const isServed = ({ id, type, deprecated }: Model) =>
    type === "language" &&
    deprecated !== true &&
    choice.endpoints.get(id)?.some(({ provider }) => isAsked(choice, provider)) === true;
  const familiar = models.get(FAMILIAR_MODEL);
  if (familiar !== undefined && isServed(familiar)) return FAMILIAR_MODEL;
  const newest = [...models.values()]
    .filter(isServed)
    .reduce<Model | undefined>((best, one) => ((one.released ?? 0) > (best?.released ?? -1) ? one : best), undefined);
  return newest?.id ?? FAMILIAR_MODEL;
}

/** Not ready, then not listening, then the rest of what is open; what outlives the limit is cut. @returns whether anything was */
async function drain(server: Bun.Server<unknown>, headgate: Headgate, limitMs: number): Promise<boolean> {
  const quiet = headgate.listener.drain();
  const late = Bun.sleep(limitMs).then(() => true);
  if (headgate.listener.inFlight > 0) process.stdout.write(`Draining: ${headgate.listener.inFlight} open.\n`);
  await Promise.race([Bun.sleep(Math.min(NOTICE_MS, limitMs)), late]);
  const closed = server.stop().then(() => false);
  if (!(await Promise.race([quiet.then(() => closed), late]))) return false;
  const cut = headgate.listener.inFlight > 0;
  headgate.gateway.drains.stop();
  await server.stop(true);
  // Whatever was ended by this has its row before the next turn of the loop.
  await new Promise(setImmediate);
  return cut;
}

function authority(host: string, port: number): string {
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
  return `${name.includes(":") ? `[${name}]` : name}:${port}`;
}
