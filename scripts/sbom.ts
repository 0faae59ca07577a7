/**
 * The bill of materials of what runs, what is in the dashboard's scripts among it, as CycloneDX 1.5 (https://cyclonedx.org/docs/1.5/json/): `npm run sbom`. It is made of the
 * lockfile alone, so that the same sources have the same. npm's own leaves out what a development package needs as well
 * (11.19.1: `npm sbom --omit=dev` has no zod).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Locked {
  readonly version: string;
  readonly integrity: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const read = (path: string) => JSON.parse(readFileSync(join(import.meta.dir, "..", path), "utf8"));
const manifest = read("package.json");
const locked: Readonly<Record<string, Locked>> = read("package-lock.json").packages;
const drawnWith = inDashboard();

const purl = (name: string, version: string) => `pkg:npm/${name.replace("@", "%40")}@${version}`;
const licences = (id: string) => [{ license: { id } }];

const components = Object.entries(locked)
  .filter(
    ([path, { dev, link }]) =>
      path.startsWith("node_modules/") && link !== true && (dev !== true || drawnWith.has(path)),
  )
  .map(([path, { version, integrity, license, optional }]) => {
    const name = path.replace(/^.*node_modules\//, "");
    const [algorithm, base64] = integrity.split("-") as [string, string];
    if (algorithm !== "sha512" || license === undefined) throw new Error(`${path} is locked without hash or licence`);
    return {
      "bom-ref": `${name}@${version}`,
      type: "library",
      name,
      version,
      scope: optional === true ? "optional" : "required",
      hashes: [{ alg: "SHA-512", content: Buffer.from(base64, "base64").toString("hex") }],
      licenses: licences(license),
      purl: purl(name, version),
    };
  });

const { name, version, description, license } = manifest;
const component = { "bom-ref": `${name}@${version}`, type: "application", name, version, description };
const bill = {
  $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
  bomFormat: "CycloneDX",
  specVersion: "1.5",
  version: 1,
  metadata: { component: { ...component, licenses: licences(license), purl: purl(name, version) } },
  components,
  dependencies: [
    { ref: component["bom-ref"], dependsOn: components.map((one) => one["bom-ref"]) },
    ...components.map((one) => ({ ref: one["bom-ref"], dependsOn: [] })),
  ],
};
process.stdout.write(`${JSON.stringify(bill, null, 1)}\n`);

/** Where everything lies in the lockfile that the dashboard is bundled of: for npm they are tools, for whoever opens it they run. Types are nowhere in it. */
function inDashboard(): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (name: string, from: string): void => {
    const nested = `${from}/node_modules/${name}`;
    const path = nested in locked ? nested : `node_modules/${name}`;
    const one = locked[path];
    if (one === undefined || found.has(path) || name.startsWith("@types/")) return;
    found.add(path);
    for (const needed of Object.keys(one.dependencies ?? {})) add(needed, path);
  };
  for (const name of Object.keys(read("dashboard/package.json").devDependencies)) add(name, "dashboard");
  return found;
}
