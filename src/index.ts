import type { Server } from "bun";
import manifest from "../package.json" with { type: "json" };
import { IdempotencyKeys } from "./access/idempotency.ts";
import { type Installation, prepareInstallation } from "./access/installation.ts";
import { KeyRing } from "./access/keys.ts";
import { RateLimits } from "./access/rate-limits.ts";
import { AuditLog, type Log, OPERATOR } from "./admin/audit.ts";
import { Budgets } from "./admin/budgets.ts";
import { Credentials } from "./admin/credentials.ts";
import { Directions } from "./admin/directions.ts";
import { entranceOf, firstLink } from "./admin/entrance.ts";
import { Feed } from "./admin/feed.ts";
import { hostsOf } from "./admin/hosts.ts";
import { Keys } from "./admin/keys.ts";
import { settingsReport } from "./admin/settings.ts";
import { Teams } from "./admin/teams.ts";
import { Books } from "./books.ts";
import type { Environment } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import type { Origins } from "./config/settings.ts";
import { Composition } from "./gateway/composition.ts";
import { enteredParts } from "./gateway/entered-account.ts";
import type { Gateway, Snapshot } from "./gateway/gateway.ts";
import { insightOf } from "./gateway/insight.ts";
import { guestsOf, memoryOf } from "./gateway/issuers.ts";
import { ownSecrets } from "./gateway/own-secrets.ts";
import { resilienceOf } from "./gateway/resilience.ts";
import { signOnOf } from "./gateway/sign-on.ts";
import { compileSnapshot, hasCredentials } from "./gateway/snapshot.ts";
import { Treasury } from "./gateway/treasury.ts";
import { tryOut } from "./gateway/trial.ts";
import { Listener } from "./http/server.ts";
import { Alarms } from "./ledger/alarms.ts";
import { type Mode, Replicas } from "./replicas.ts";
import { AlarmStore } from "./store/alarms.ts";
import { AuditStore } from "./store/audit.ts";
import { BodyStore } from "./store/bodies.ts";
import { BudgetStore } from "./store/budgets.ts";
import { CorrectionStore } from "./store/corrections.ts";
import { CredentialStore } from "./store/credentials.ts";
import type { Database } from "./store/database.ts";
import { DirectionStore } from "./store/directions.ts";
import { Housekeeping, keepingOf } from "./store/housekeeping.ts";
import { IdempotencyStore } from "./store/idempotency.ts";
import { KeyStore } from "./store/keys.ts";
import { fileOf, openDatabase } from "./store/open.ts";
import { readerOf } from "./store/reader.ts";
import { ReportStore } from "./store/reports.ts";
import { SessionStore } from "./store/sessions.ts";
import { SettingStore } from "./store/settings.ts";
import { sizeOf } from "./store/size.ts";
import { TeamStore } from "./store/teams.ts";
import { tracerOf } from "./telemetry/collector.ts";
import { Metrics } from "./telemetry/metrics.ts";

export { ConfigError } from "./config/explain.ts";
export { checkConfig, loadConfig } from "./config/load.ts";
export type { Config } from "./config/schema.ts";

export interface GatewayOptions {
  /** As `loadConfig` or `checkConfig` gives it. */
  config: Config;
  /** Where what it says was told, as `loadConfig` gives it: for the operator to see. */
  origins?: Origins | undefined;
  /** Where providers' secrets may stand. @default process.env */
  env?: Environment;
  /** Which of the processes of one machine it is, where there are several. */
  worker?: number | undefined;
  /** Hears of defects, and of a ledger that cannot be written. @default a line on standard error */
  complain?: (id: string, cause: unknown) => void;
  /** Unix milliseconds, by which keys end. @default Date.now */
  now?: () => number;
  /** Folder with the dashboard's files. @default where they are built */
  dashboard?: string | undefined;
}

/** A gateway, ready to answer. */
export interface Headgate {
  readonly gateway: Gateway;
  readonly listener: Listener;
  /** By what it and others know of one another, now. */
  mode(): Mode;
  /** What only the first start makes, and nobody can be told again. */
  readonly fresh: (Installation["fresh"] & { readonly link: string }) | undefined;
  /** For `Bun.serve`. */
  fetch(request: Request, server: Server<unknown>): Promise<Response>;
  /** Sends what a collector of spans is still to be told. Let the listener drain first. */
  flush(): Promise<void>;
  /** Writes what is still to be written, then closes the database and idle connections. Let the listener drain first. */
  close(): Promise<void>;
}

/**
 * Puts a gateway together: database, keys, catalogue, providers, and the simulator where nobody else could answer.
 * @throws ConfigError, or Error where the data folder cannot be used
 */
export async function createGateway({
  config,
  origins,
  env = process.env,
  worker,
  complain = complainOnStderr,
  now = Date.now,
  dashboard,
}: GatewayOptions): Promise<Headgate> {
  const simulator = simulates(config, env) ? simulatorModule().startSimulator() : undefined;
  let database: Database | undefined;
  let books: Books | undefined;
  let replicas: Replicas | undefined;
  let treasury: Treasury | undefined;
  try {
    // What is wrong with the configuration shows before any key is made: a start that fails must not cost the first one its secrets.
    const compiled = compileSnapshot({ config, env, keys: new KeyRing("", new Map()), simulator: simulator?.url });
    const isStandIn = simulator !== undefined && config.simulate === "auto";
    const genuine = () =>
      isStandIn ? compileSnapshot({ config, env, keys: compiled.keys, simulator: undefined }) : compiled;
    const tracer = tracerOf(config.telemetry, env, manifest.version, (cause) => complain("telemetry", cause));
    const oidc = guestsOf({ oidc: config.oidc, complain: (cause) => complain("oidc", cause), now });
    const signOn = signOnOf(config.dashboard, { complain, now });
    const secrets = ownSecrets(config, env);
    database = await openDatabase(config);
    replicas = await Replicas.open({ config, adminToken: secrets.adminToken, database, worker, complain });
    database = replicas.database;
    const [keys, settings] = [new KeyStore(database), new SettingStore(database)];
    const installation = await prepareInstallation({
      keys,
      settings,
      data: config.data,
      ...secrets,
      nowMs: now(),
      now,
    });
    installation.keys.guests = oidc?.guests;
    oidc?.warm(memoryOf({ settings, seal: installation.seal, now }));
    const snapshot: Snapshot = { ...compiled, keys: installation.keys };
    books = await Books.open({ config, database, complain });
    const { generations, ledger, loans, standing } = books;
    const budgets = new BudgetStore(database);
    treasury = await Treasury.open({
      config,
      store: budgets,
      loans,
      isGone: (id) => installation.keys.isGone(id),
      raise: (kind, target, detail) => gateway.alarms.raise(kind, target, detail),
      complain,
    });
    books.tend(treasury.accounts);
    const reports = new ReportStore(readerOf(database, fileOf(config)));
    const alarmed = new AlarmStore(database);
    const housekeeping = new Housekeeping(database, keepingOf(config), (cause) => complain("ledger", cause));
    const metrics = new Metrics();
    const gateway: Gateway & { snapshot: Snapshot } = {
      snapshot,
      generations,
      bodies: new BodyStore(database),
      corrections: new CorrectionStore(database),
      reports,
      alarms: new Alarms(alarmed, complain),
      ledger,
      gates: [
        new IdempotencyKeys(new IdempotencyStore(database)),
        new RateLimits(config.rate_limits, replicas.buckets),
        treasury.gate,
      ],
      metrics,
      tracer,
      audience: {},
      complain,
      ...resilienceOf(config),
    };
    const { body_bytes, body_ms, json_depth, json_tokens } = config.limits;
    const limits = { bytes: body_bytes, milliseconds: body_ms, depth: json_depth, tokens: json_tokens };
    const composition = new Composition(compiled, genuine, config, (changed) => {
      gateway.snapshot = { ...changed, keys: gateway.snapshot.keys };
    });
    const safe = new CredentialStore(database);
    const credentials = new Credentials({
      ...enteredParts(config, env, compiled),
      shelf: safe,
      kept: await safe.all(),
      sealing: installation.seal,
      apply: composition.enter,
      tryOut: (credential, model) => tryOut(gateway.snapshot, credential, model),
      complain,
    });
    const shelf = new DirectionStore(database);
    const directions = new Directions({
      config,
      shelf,
      kept: await shelf.all(),
      compile: composition.compile,
      apply: composition.lead,
      complain,
      ...(replicas.tell === undefined ? {} : { tell: replicas.tell }),
      ...(replicas.isShared ? { current: () => shelf.all() } : {}),
    });
    const audit = new AuditLog(new AuditStore(database));
    const renewed = replicas.isShared ? replicas : undefined;
    const teams = new Teams(new TeamStore(database), renewed);
    const made = new Keys({
      shelf: keys,
      ring: installation.keys,
      isTeam: (id) => teams.has(id),
      providers: () => gateway.snapshot.choice.slugs,
      renewed,
    });
    const money = new Budgets({ store: budgets, treasury, renewed });
    const entrance = entranceOf({
      config,
      shelf: new SessionStore(database),
      signOn,
      hashOf: (token) => installation.keys.hashOf(token),
      grantor: installation.keys.adminHash,
      now,
    });
    const common = replicas;
    const mode = () => common.mode();
    const feed = new Feed({ gateway, worker, inFlight: (): number => listener.inFlight });
    const listener = new Listener({
      gateway,
      limits,
      openRequests: config.limits.open_requests,
      openBytes: config.limits.open_bytes,
      openPerAddress: config.limits.open_per_address,
      dashboard,
      admin: {
        directions,
        budgets: money,
        keys: made,
        teams,
        credentials,
        audit,
        insight: insightOf(gateway),
        feed,
        settings: () =>
          settingsReport({ config, origins, version: manifest.version, size: () => sizeOf(common.database) }),
        mode,
        standing: () => common.standing(standing),
        isLocked: config.admin === "locked",
        isHost: hostsOf(config),
        ...entrance,
      },
    });
    const reloads = { credentials: () => credentials.reload() };
    await common.begin({ gateway, directions, budgets: money, feed, reloads }, keys);
    housekeeping.begin();
    return {
      gateway,
      listener,
      mode,
      fresh: installation.fresh && { ...installation.fresh, link: await firstLink(entrance) },
      fetch: (request, server) => listener.answer(request, server),
      flush: async () => tracer.exporter?.flush(),
      async close() {
        await common.close();
        treasury?.close();
        tracer.exporter?.close();
        for (const { pool } of [...gateway.snapshot.choice.credentials.values()].flat()) pool.close();
        simulator?.stop();
        await books?.close();
        await gateway.bodies.close();
        housekeeping.close();
        await reports.close();
        await database?.close();
      },
    };
  } catch (thrown) {
    await replicas?.close();
    treasury?.close();
    simulator?.stop();
    await books?.close();
    await database?.close();
    throw thrown;
  }
}

/** What writes down what somebody does by command beside the database, along with it. */
export function operatorLog(database: Database): Log {
  const audit = new AuditLog(new AuditStore(database));
  return (action, target, detail) => [audit.line({ action, target, detail }, OPERATOR, Date.now())];
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;

/** Loaded where it answers: a megabyte that nobody else needs. */
function simulatorModule(): typeof import("./simulator/server.ts") {
  return require("./simulator/server.ts");
}

/** Without any credential a gateway that only its own machine can reach answers from the simulator; others would rather know. */
function simulates(config: Config, env: Environment): boolean {
  if (config.simulate !== "auto") return config.simulate === "always";
  return LOOPBACK.test(config.host) && !hasCredentials(config, env);
}

function complainOnStderr(id: string, cause: unknown): void {
  process.stderr.write(`${new Date().toISOString()} ${id} ${cause instanceof Error ? cause.stack : String(cause)}\n`);
}
