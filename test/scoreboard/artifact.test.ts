import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FULL, tell } from "../support/figures.ts";

const ROOT = join(import.meta.dir, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "headgate-artifact-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** @returns what it says @throws Error with what it complains of */
async function run(cwd: string, ...command: string[]): Promise<string> {
  const child = Bun.spawn(command, { cwd, stdout: "pipe", stderr: "pipe" });
  const [said, complaints, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`${command.join(" ")}: ${complaints}`);
  return said;
}

const hash = (path: string) => new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");

// It is packed and compiled twice, on machines that are busy.
setDefaultTimeout(120_000);

/** What is committed, in a folder of its own. */
async function cleanCopy(name: string): Promise<string> {
  const place = join(folder, name);
  mkdirSync(place);
  const tar = join(folder, `${name}.tar`);
  await run(ROOT, "git", "archive", "-o", tar, "HEAD");
  await run(place, "tar", "-xf", tar);
  return place;
}

let places: string[];
beforeAll(async () => {
  // Of different lengths: what is made must not tell where.
  places = [await cleanCopy("one"), await cleanCopy("the-other")];
});

describe("what is published", () => {
  let packed: { path: string; files: readonly { path: string }[] }[];
  beforeAll(async () => {
    packed = await Promise.all(
      places.map(async (place) => {
        const [told] = JSON.parse(await run(place, "npm", "pack", "--json", "--ignore-scripts"));
        return { path: join(place, told.filename), files: told.files };
      }),
    );
  });

  test("is the same to the byte, whoever packs it", () => {
    const [one, other] = packed.map(({ path }) => hash(path));
    expect(one).toBe(other!);
  });

  test("is the sources and what it takes to run them: no tests, nothing that was recorded, nothing of anybody's", async () => {
    const committed = (await run(ROOT, "git", "ls-tree", "-r", "--name-only", "HEAD")).trim().split("\n");
    const allowed = committed.filter(
      (path) =>
        ["LICENSE", "README.md", "headgate.schema.json", "package.json"].includes(path) ||
        path.startsWith("bin/") ||
        (path.startsWith("src/") && !path.endsWith(".test.ts") && !path.includes("/fixtures/")),
    );
    expect(packed[0]!.files.map(({ path }) => path).sort()).toEqual(allowed.sort());
    expect(allowed.length).toBeGreaterThan(300);
  });

  test("differs in no byte from what is committed", async () => {
    const opened = join(folder, "opened");
    mkdirSync(opened);
    await run(opened, "tar", "-xzf", packed[0]!.path);
    const files = packed[0]!.files.map(({ path }) => path);
    const differing = files.filter((path) => hash(join(opened, "package", path)) !== hash(join(places[0]!, path)));
    expect(differing).toEqual([]);
    tell({ row: "S2", what: "files that are published, each as it is committed", value: files.length });
  });

  test("compiled twice, is the same to the byte", async () => {
    // A hundred megabytes: in `npm test` the sources that go into it, bundled, are enough.
    const made = await Promise.all(
      places.map(async (place, i) => {
        symlinkSync(join(ROOT, "node_modules"), join(place, "node_modules"));
        if (FULL) {
          await run(place, "npm", "run", "--silent", "compile");
          return join(place, "dist", "headgate");
        }
        const bundle = join(folder, `bundle-${i}.js`);
        await run(
          place,
          process.execPath,
          "build",
          "--target=bun",
          "--minify-syntax",
          "src/main.ts",
          "--outfile",
          bundle,
        );
        return bundle;
      }),
    );
    const [one, other] = made.map(hash);
    expect(one).toBe(other!);
    expect(statSync(made[0]!).size).toBeGreaterThan(1_000_000);
    if (FULL) tell({ row: "S2", what: "the program, the same twice", value: statSync(made[0]!).size, unit: "bytes" });
  }, 120_000);
});

describe("the bill of materials", () => {
  interface Locked {
    readonly version: string;
    readonly integrity?: string;
    readonly dev?: boolean;
    readonly link?: boolean;
  }

  interface Component {
    readonly name: string;
    readonly version: string;
    readonly purl: string;
    readonly hashes?: readonly { alg: string; content: string }[];
    readonly licenses?: readonly object[];
  }

  test("names every package that runs, as it is locked, with its hash and its licence", async () => {
    const locked = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
    const all = Object.entries(locked.packages as Record<string, Locked>).filter(([, { link }]) => link !== true);
    const told = ([path, { version, integrity }]: [string, Locked]) => ({
      name: path.replace(/^.*node_modules\//, ""),
      version,
      hash: Buffer.from((integrity ?? "").replace("sha512-", ""), "base64").toString("hex"),
    });
    const runs = all.filter(([path, { dev }]) => path.startsWith("node_modules/") && dev !== true).map(told);
    const said = await run(ROOT, "npm", "run", "--silent", "sbom");
    expect(await run(ROOT, "npm", "run", "--silent", "sbom")).toBe(said);
    const bill = JSON.parse(said);
    expect([bill.bomFormat, bill.specVersion]).toEqual(["CycloneDX", "1.5"]);
    expect(bill.metadata.component.purl).toStartWith("pkg:npm/headgate@");
    const named = (bill.components as Component[]).map(({ name, version, hashes }) => ({
      name,
      version,
      hash: hashes?.find(({ alg }) => alg === "SHA-512")?.content,
    }));
    const names = new Set(named.map(({ name }) => name));
    expect(runs.filter(({ name }) => !names.has(name))).toEqual([]);
    expect(named.filter((one) => !all.map(told).some((known) => Bun.deepEquals(one, known)))).toEqual([]);
    // What is bundled into the dashboard runs as well, with what that needs; tools and judges do not.
    expect(
      ["react", "react-dom", "scheduler", "uplot", "@tanstack/query-core"].filter((name) => !names.has(name)),
    ).toEqual([]);
    expect(["typescript", "playwright-core", "@types/react", "openai"].filter((name) => names.has(name))).toEqual([]);
    for (const { purl, licenses } of bill.components as Component[])
      expect([purl, licenses?.length]).toEqual([purl, 1]);
    tell({ row: "S3", what: "packages in the bill of materials", value: named.length });
  });

  test("is made by every run of CI, and nothing that is younger than a week is taken into it", () => {
    expect(readFileSync(join(ROOT, ".ci", "run"), "utf8")).toContain("npm run --silent sbom");
    // Days, of npm 11.10 and later, where versions are chosen: as a setting it would refuse to install what the lockfile has chosen by now.
    // https://docs.npmjs.com/cli/v11/using-npm/config#min-release-age
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(scripts.update).toContain("--min-release-age=7");
    const settings = readFileSync(join(ROOT, ".npmrc"), "utf8").split("\n");
    expect(settings).toContain("save-exact=true");
    expect(settings.filter((line) => line.startsWith("min-release-age"))).toEqual([]);
  });
});
