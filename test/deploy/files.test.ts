import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { COMMANDS } from "../../src/cli/commands.ts";
import { loadConfig } from "../../src/config/load.ts";
import { SURFACE } from "../../src/http/surface.ts";
import { dockerfile } from "./dockerfile.ts";

const DEPLOY = join(import.meta.dir, "../../deploy");
const read = (path: string) => readFileSync(join(DEPLOY, path), "utf8");
const manifest = JSON.parse(read("../package.json"));
const { stages, image } = dockerfile();
// biome-ignore lint/suspicious/noExplicitAny: tests look into YAML
type Yaml = any;

/** What SIGTERM waits for: answers that are open, behind the notice that balancers get. */
const DRAIN_SECONDS = loadConfig({}, { HEADGATE_CONFIG: "" }).config.drain_seconds + 2;
/** An index of a hundred million rows. Whoever is killed meanwhile begins anew, and never comes to the end of it. */
const LONGEST_MIGRATION_SECONDS = 600;
const SECRETS = {
  POSTGRES_PASSWORD: "its-password",
  HEADGATE_SECRET: "s".repeat(64),
  HEADGATE_ADMIN_TOKEN: "t".repeat(64),
};

describe("the image", () => {
  test("is built of what is there, by the script that is tested", () => {
    const [build] = stages;
    const copied = build!.of("COPY").flatMap((line) => line.split(" ").slice(0, -1));
    expect(copied.filter((path) => !existsSync(join(DEPLOY, "..", path)))).toEqual([]);
    const ignored = read("Dockerfile.dockerignore").split("\n");
    expect(copied.filter((path) => !ignored.includes(`!${path}`))).toEqual([]);
    expect(build!.of("RUN").some((line) => line.startsWith("npm run compile"))).toBe(true);
    expect(manifest.scripts.compile).toEndWith("--outfile dist/headgate");
    expect(image.of("COPY")[0]).toBe("--from=build /build/dist/headgate /usr/local/bin/headgate");
  });

  test("has names of images that stay, and in it no shell to run anything with", () => {
    for (const stage of stages) expect(stage.from).toMatch(/^[\w./-]+:[\w.-]+( AS \w+)?$/);
    expect(stages.map(({ from }) => from).filter((from) => /:latest/.test(from))).toEqual([]);
    expect(image.of("RUN")).toEqual([]);
    for (const name of ["ENTRYPOINT", "CMD"]) expect(JSON.parse(image.of(name)[0]!)).toBeArray();
  });

  test("runs as nobody in particular, with commands that exist", () => {
    expect(image.of("USER")).toEqual(["65532:65532"]);
    expect(JSON.parse(image.of("ENTRYPOINT")[0]!)).toEqual(["headgate"]);
    expect(Object.keys(COMMANDS)).toContain(JSON.parse(image.of("CMD")[0]!)[0]);
    const [, asked] = /CMD (\[.*\])$/.exec(image.of("HEALTHCHECK")[0]!)!;
    const [program, command] = JSON.parse(asked!);
    expect([program, Object.keys(COMMANDS).includes(command)]).toEqual(["headgate", true]);
  });

  test("has an environment that the gateway understands, and shows the port that it listens on", () => {
    const { config } = loadConfig({}, image.env);
    expect([config.host, config.data]).toEqual(["0.0.0.0", image.of("VOLUME")[0]!]);
    expect(image.of("EXPOSE")).toEqual([`${config.port}`]);
    expect(image.of("WORKDIR")).toEqual([config.data]);
    // As the launcher has it.
    expect(read("../bin/bun.mjs")).toContain(`?? "${image.env.BUN_CONFIG_MAX_HTTP_REQUESTS}"`);
  });
});

describe("the compose file", () => {
  const compose: Yaml = Bun.YAML.parse(read("compose.yaml"));
  const { gateway, postgres, valkey } = compose.services;
  const filled = (text: string, env: Record<string, string>) =>
    text.replace(/\$\{(\w+)(?::([-?])(.*?))?\}/g, (_, name: string, how: string, other: string) => {
      if (how === "?" && !env[name]) throw new Error(`${name}: ${other}`);
      return env[name] || (how === "-" ? other : "");
    });
  const envOf = (env: Record<string, string>) =>
    Object.fromEntries(Object.entries<string>(gateway.environment).map(([name, value]) => [name, filled(value, env)]));

  test("gives two gateways a configuration that they take, with services that are there", () => {
    const { config } = loadConfig({}, { ...image.env, ...envOf(SECRETS) });
    const database = new URL(config.database!.url);
    expect(compose.services[database.hostname]).toBe(postgres);
    const { POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD } = postgres.environment;
    expect([database.username, database.pathname]).toEqual([POSTGRES_USER, `/${POSTGRES_DB}`]);
    expect(filled(POSTGRES_PASSWORD, SECRETS)).toBe(database.password);
    const redis = new URL(config.redis!.url);
    expect([compose.services[redis.hostname], redis.port]).toEqual([valkey, "6379"]);
    expect(Object.keys(gateway.depends_on).sort()).toEqual(["postgres", "valkey"]);
    expect(postgres.healthcheck.test).toEqual([
      "CMD",
      "pg_isready",
      `--username=${POSTGRES_USER}`,
      `--dbname=${POSTGRES_DB}`,
    ]);
  });

  test("wants what .env.example says, and starts nothing without the secrets", () => {
    const wanted = new Set([...read("compose.yaml").matchAll(/\$\{(\w+)/g)].map(([, name]) => name!));
    const told = [...read(".env.example").matchAll(/^(\w+)=(.*)$/gm)];
    expect(new Set(told.map(([, name]) => name!))).toEqual(wanted);
    expect(told.filter(([, , value]) => value !== "")).toEqual([]);
    for (const name of Object.keys(SECRETS)) expect(() => [envOf({ ...SECRETS, [name]: "" })]).toThrow(name);
  });

  test("has a port of this machine for each, only for itself", () => {
    const [, host, first, last, inside] = /^([\d.]+):(\d+)-(\d+):(\d+)$/.exec(gateway.ports[0])!;
    expect([host, inside]).toEqual(["127.0.0.1", image.of("EXPOSE")[0]!]);
    expect(Number(last) - Number(first) + 1).toBe(gateway.deploy.replicas);
    expect([postgres.ports, valkey.ports]).toEqual([undefined, undefined]);
  });

  test("keeps what waits for the database where it outlives a container, and nothing else can be written", () => {
    const [volume, folder] = gateway.volumes[0].split(":");
    expect([gateway.volumes.length, folder, gateway.read_only]).toEqual([1, image.env.HEADGATE_DATA, true]);
    expect(Object.keys(compose.volumes)).toContain(volume);
    expect(image.of("VOLUME")).toEqual([folder]);
  });

  test("builds the image that is here, and lets what is open finish", () => {
    const { context, dockerfile } = gateway.build;
    expect(existsSync(join(DEPLOY, context, dockerfile))).toBe(true);
    expect(Number.parseInt(gateway.stop_grace_period, 10)).toBeGreaterThan(DRAIN_SECONDS);
    for (const { image } of [postgres, valkey]) expect(image).toMatch(/:[\w.-]+$/);
  });
});

describe("the Kubernetes manifests", () => {
  const files = readdirSync(join(DEPLOY, "kubernetes"));
  const all: Yaml[] = files.flatMap((file) => Bun.YAML.parse(read(`kubernetes/${file}`)) as Yaml);
  const one = (kind: string, name: string): Yaml => all.find((it) => it.kind === kind && it.metadata.name === name);
  const gateway = one("StatefulSet", "headgate");
  const workloads = all.filter(({ spec }) => spec?.template !== undefined);
  const { spec } = gateway.spec.template;
  const [container] = spec.containers;

  test("each have a kind, a version and a name of their own", () => {
    expect(all.length).toBe(7);
    const names = all.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(all.length);
    for (const { apiVersion } of all) expect(apiVersion).toMatch(/^(apps\/|policy\/)?v1$/);
  });

  test("select what is there, by ports that have the names", () => {
    for (const {
      spec: { selector, template },
    } of workloads)
      expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    const labels = (wanted: object) =>
      workloads.filter(({ spec: { template } }) => Bun.deepMatch(wanted, template.metadata.labels));
    for (const { spec } of all.filter(({ kind }) => kind === "Service")) {
      const [workload] = labels(spec.selector);
      const ports = workload.spec.template.spec.containers[0].ports.map(({ name }: Yaml) => name);
      for (const { targetPort } of spec.ports) expect(ports).toContain(targetPort);
    }
    expect(labels(one("PodDisruptionBudget", "headgate").spec.selector.matchLabels)).toEqual([gateway]);
    expect(one("Service", gateway.spec.serviceName).spec.clusterIP).toBe("None");
  });

  test("give the gateway a configuration that it takes, and probes that it answers", () => {
    const secret = one("Secret", container.envFrom[0].secretRef.name).stringData;
    expect(Object.entries(secret).filter(([name, value]) => value !== "" && name !== "HEADGATE_DATABASE_URL")).toEqual(
      [],
    );
    const told = Object.fromEntries(container.env.map(({ name, value }: Yaml) => [name, value]));
    const { config } = loadConfig({}, { ...image.env, ...secret, ...SECRETS, ...told });
    expect(config.database!.url).toBe(secret.HEADGATE_DATABASE_URL);
    const redis = new URL(config.redis!.url);
    expect(one("Service", redis.hostname).spec.ports[0].port).toBe(Number(redis.port));
    expect(container.ports).toEqual([{ name: "http", containerPort: config.port }]);
    for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
      const { path, port } = container[probe].httpGet;
      expect([SURFACE[path]?.method, port]).toEqual(["GET", "http"]);
    }
    expect(SURFACE[container.readinessProbe.httpGet.path]!.door.kind).toBe("ready");
    // Not ready does not mean that it should be killed.
    expect(SURFACE[container.livenessProbe.httpGet.path]!.door.kind).not.toBe("ready");
    expect(container.volumeMounts).toEqual([{ name: "data", mountPath: config.data }]);
    expect(gateway.spec.volumeClaimTemplates[0].metadata.name).toBe("data");
    expect(Object.keys(COMMANDS)).toContain(container.args[0]);
  });

  test("leave as much time as a large database takes to be brought up to date, and so does the image", () => {
    const { periodSeconds, failureThreshold } = container.startupProbe;
    expect(periodSeconds * failureThreshold).toBeGreaterThanOrEqual(LONGEST_MIGRATION_SECONDS);
    const [, minutes] = /--start-period=(\d+)m /.exec(image.of("HEALTHCHECK")[0]!)!;
    expect(Number(minutes) * 60).toBeGreaterThanOrEqual(LONGEST_MIGRATION_SECONDS);
  });

  test("let what is open finish, and run as nobody in particular", () => {
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(DRAIN_SECONDS);
    expect(`${spec.securityContext.runAsUser}:${spec.securityContext.runAsGroup}`).toBe(image.of("USER")[0]!);
    for (const { spec } of workloads) {
      const { securityContext, containers, automountServiceAccountToken } = spec.template.spec;
      expect([securityContext.runAsNonRoot, automountServiceAccountToken]).toEqual([true, false]);
      for (const one of containers)
        expect(one.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
    }
  });
});
