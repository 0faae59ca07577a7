import "./jitless.ts";

import { z } from "zod";
import { budgets } from "./budgets.ts";
import { dashboard } from "./dashboard.ts";
import { routingRules, virtualModels } from "./direction.ts";
import { fading } from "./fading.ts";
import { limits } from "./limits.ts";
import { oidc } from "./oidc.ts";
import { clocks, milliseconds, type model, type price, provider } from "./provider-schema.ts";
import { rateLimits } from "./rate-limits.ts";
import { telemetry } from "./telemetry.ts";

/**
 * `headgate.yaml`: this schema is the type, the check, the JSON Schema for editors (`headgate.schema.json`) and the
 * reference. Every member has a description; a default stands where one exists.
 */

const NAME = "a provider's name is letters, digits, `.`, `_` and `-`, and begins with a small letter or a digit";

export const configSchema = fading(() =>
  z.strictObject({
    $schema: z.string().optional().describe("For editors."),
    host: z.string().min(1).default("127.0.0.1").describe("Address to listen on."),
    port: z.int().min(0).max(65535).default(8787).describe("Port to listen on; 0 takes a free one."),
    workers: z
      .int()
      .min(1)
      .max(256)
      .default(1)
      .describe(
        "Processes that serve at this port, each on a core of its own. More than one need `database`, and Linux.",
      ),
    worker_port: z
      .int()
      .min(1)
      .max(65_000)
      .optional()
      .describe(
        "Where there are several, the first also listens at this port, the second at the next, and so on: each has figures of its own at `/metrics`.",
      ),
    data: z.string().min(1).default("./data").describe("Folder for the database, the key secret and `first-run.txt`."),
    providers: z
      .record(z.string().regex(/^[a-z0-9][a-zA-Z0-9._-]*$/, NAME), provider())
      .default({})
      .describe("Who answers, by name."),
    routing_rules: routingRules(),
    virtual_models: virtualModels(),
    policy: z
      .strictObject({
        zero_data_retention: z.boolean().default(false).describe("Nobody is asked who keeps anything."),
        no_training: z.boolean().default(false).describe("Nobody is asked who may train on it."),
        hipaa: z.boolean().default(false).describe("Nobody is asked with whom there is no agreement under HIPAA."),
      })
      .prefault({})
      .describe("What must hold of whoever is sent data, whatever a request says."),
    clocks: clocks().default({}),
    retries: z
      .strictObject({
        same_endpoint: z
          .int()
          .min(0)
          .max(5)
          .default(2)
          .describe("Further attempts at an endpoint that is limiting or overloaded, where nobody else is left."),
        wait_ms: z
          .int()
          .min(0)
          .max(60_000)
          .default(5000)
          .describe("Longest that one request waits for that in all. Who asks for more is told to the client at once."),
        backoff_ms: z
          .int()
          .min(1)
          .max(10_000)
          .default(250)
          .describe("About the first wait where the provider asks for none; each further one is twice as long."),
        attempts: z
          .int()
          .min(1)
          .max(1000)
          .default(30)
          .describe("Most attempts for one request, however many could serve it."),
        until_ms: milliseconds
          .default(600_000)
          .describe("So long after a request has begun nobody else is asked; who was asked may still answer."),
      })
      .prefault({})
      .describe("How patiently the same is tried again."),
    health: z
      .strictObject({
        failures: z
          .int()
          .min(1)
          .max(1000)
          .default(5)
          .describe("Failures in a row after which an endpoint is left alone."),
        cooldown_ms: milliseconds
          .default(1000)
          .describe(
            "For how long at first, where the provider does not say. Then one request finds out, and it doubles.",
          ),
        longest_cooldown_ms: milliseconds.default(60_000).describe("And for how long at the most."),
      })
      .prefault({})
      .describe("When an endpoint is left alone because it fails."),
    database: z
      .strictObject({
        url: z
          .url({ protocol: /^postgres(ql)?$/ })
          .describe("PostgreSQL, `postgres://…`; best as `${DATABASE_URL}`, since it may hold a password."),
        connections: z
          .int()
          .min(1)
          .max(200)
          .default(10)
          .describe("How many each process has at the most, beside the one by which it hears of changes."),
      })
      .optional()
      .describe("Where what must last is kept, for several replicas together. Without it, a SQLite file in `data`."),
    redis: z
      .strictObject({
        url: z
          .url({ protocol: /^rediss?$/ })
          .describe(
            "Redis or Valkey, `redis://` or `rediss://`; best as `${REDIS_URL}`, since it may hold a password.",
          ),
        prefix: z
          .string()
          .regex(/^[\w.:-]{1,64}$/)
          .optional()
          .describe(
            "How all names begin there, so that several installations can share one. Without it, `headgate`; with PostgreSQL `headgate:` and what its database is known by.",
          ),
      })
      .optional()
      .describe(
        "Where replicas tell one another who fails, and, where they have the same `admin_token` here, which rules and virtual models were made. Nothing waits for it; without it each goes by itself.",
      ),
    limits: limits(),
    rate_limits: rateLimits(),
    stalled_seconds: z
      .int()
      .min(1)
      .max(86_400)
      .default(300)
      .describe(
        "After so long without taking anything of a stream that there is more of, a client is let go, and its provider. Kernels pass on what is taken in large pieces: it should be minutes. Where more than 128 stall at a time, those who did so first go earlier.",
      ),
    heartbeat_seconds: z
      .int()
      .min(1)
      .max(60)
      .default(15)
      .describe("Silence after which a stream gets a comment to keep it alive."),
    hedging: z
      .strictObject({
        percent: z
          .int()
          .min(0)
          .max(100)
          .default(10)
          .describe("Most hedges, of a hundred requests that want one. 0 hedges nothing."),
        models: z
          .array(z.string().regex(/^[\w.-]+\/[\w.:@-]+$/, "must be creator/name"))
          .default([])
          .describe("Models that are hedged unless a request says otherwise."),
      })
      .prefault({})
      .describe("A second provider is asked when the first content of a stream is late, and the slower one let go."),
    drain_abandoned: z
      .boolean()
      .default(false)
      .describe(
        "Read answers on whose clients have left, whole ones and streams that have begun, at most 64 at once, so that what they used is known and not estimated. It costs what the provider goes on to say.",
      ),
    drain_seconds: z.int().min(0).max(3600).default(30).describe("How long SIGTERM lets open answers finish."),
    ledger: z
      .strictObject({
        sync: z
          .enum(["normal", "full"])
          .default("normal")
          .describe("`normal` survives a crash of the process, `full` also the loss of power."),
        grace_seconds: z
          .int()
          .min(0)
          .max(86_400)
          .default(300)
          .describe(
            "For how long requests are served while the database fails. What they use lies in a file in `data` meanwhile, and is written when the database is back. Afterwards: 503.",
          ),
        keep_days: z
          .int()
          .min(1)
          .max(36_500)
          .default(400)
          .describe(
            "Days that single requests are kept, with what belongs to them: corrections, alarms, the audit log.",
          ),
        keep_megabytes: z
          .int()
          .min(16)
          .optional()
          .describe(
            "How large the SQLite file may grow, with its log of writes, or what stands in all tables of PostgreSQL: beyond that the earliest requests go, whatever their age.",
          ),
        keep_bodies_days: z
          .int()
          .min(1)
          .max(36_500)
          .default(30)
          .describe(
            "Days that questions and answers are kept, of keys that want that (`keep_bodies` of their policy).",
          ),
        keep_sums_days: z
          .int()
          .min(31)
          .max(36_500)
          .default(3660)
          .describe("Days that sums are kept, which reports are made from."),
      })
      .prefault({})
      .describe("The record of usage."),
    budgets: budgets(),
    telemetry: telemetry(),
    simulate: z
      .enum(["auto", "always", "never"])
      .default("auto")
      .describe("The built-in simulator. `auto`: on loopback, when no provider has a credential."),
    secret: z
      .string()
      .min(32)
      .optional()
      .describe(
        "Under which client keys are recognised; the same for all replicas. Required with `database`; without it, `key-secret` in `data` holds one that was made at first start. To change it, tell the one before as `secret_previous`.",
      ),
    secret_file: z.string().min(1).optional().describe("A file that holds it instead."),
    secret_previous: z
      .string()
      .min(32)
      .optional()
      .describe("The secret before this one, until `headgate secrets reseal` has been run."),
    secret_previous_file: z.string().min(1).optional().describe("A file that holds it instead."),
    oidc: oidc(),
    dashboard: dashboard(),
    admin_token: z.string().min(16).optional().describe("Secret for the admin API. Made at first start where absent."),
    admin_token_file: z.string().min(1).optional().describe("A file that holds it instead."),
    admin: z
      .enum(["open", "locked"])
      .default("open")
      .describe("`locked`: nothing is changed by way of the admin API; what is to be seen there stays so."),
    admin_hosts: z
      .array(z.string().regex(/^[A-Za-z0-9.-]+$/, "must be a name, without a port"))
      .default([])
      .describe(
        "Names by which the admin API may be called, beside `localhost`, addresses, and `host`. No page that calls itself otherwise reaches it.",
      ),
  }),
);

/** The configuration, checked and with its defaults. */
export type Config = z.output<ReturnType<typeof configSchema>>;
export type ProviderConfig = z.output<ReturnType<typeof provider>>;
export type ModelConfig = z.output<ReturnType<typeof model>>;
export type PriceConfig = z.output<ReturnType<typeof price>>;
export type ClocksConfig = z.output<ReturnType<typeof clocks>>;
