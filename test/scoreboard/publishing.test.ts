import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..", "..");
const WORKFLOWS = join(ROOT, ".github", "workflows");

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly needs?: readonly string[];
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: unknown;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const text = readFileSync(join(WORKFLOWS, "publish.yml"), "utf8");
const workflow = Bun.YAML.parse(text) as Workflow;
const { jobs } = workflow;
const stepsOf = (job: string) => jobs[job]!.steps;
const folder = mkdtempSync(join(tmpdir(), "headgate-publishing-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("who may publish", () => {
  test("is one job of one file, in the environment that asks for a second person, and it holds nothing else", () => {
    expect(readdirSync(WORKFLOWS)).toEqual(["publish.yml"]);
    expect([workflow.on, workflow.permissions]).toEqual([{ push: { tags: ["v*"] } }, {}]);
    const rights = Object.entries(jobs).map(([name, { permissions }]) => [name, permissions]);
    expect(rights).toEqual([
      ["check", { contents: "read" }],
      ["build", { contents: "read", actions: "read" }],
      ["publish", { "id-token": "write", actions: "read" }],
      ["release", { contents: "write", actions: "read" }],
    ]);
    expect([jobs.publish!.environment, jobs.publish!.needs]).toEqual(["release", ["check", "build"]]);
    expect(jobs.release!.needs).toContain("publish");
  });

  test("has no secret: npm trusts the file itself", () => {
    expect(text).not.toMatch(/\bsecrets\b|NODE_AUTH_TOKEN|NPM_TOKEN|_authToken/);
    const commands = Object.keys(jobs).flatMap((job) => stepsOf(job).map(({ run = "" }) => run));
    expect(commands.join("\n").match(/npm publish .*/g)).toEqual([
      'npm publish "./package/headgate-${GITHUB_REF_NAME#v}.tgz" --provenance --access public --ignore-scripts',
    ]);
  });

  test("runs nothing that is not ours: no action, nothing that is installed, no code of the package", () => {
    for (const job of ["publish", "release"]) {
      const used = stepsOf(job).flatMap(({ run = "", uses = [] }) => [
        uses,
        run.match(/\b(npm|npx|node|bun|curl|git)\b [a-z]+/g) ?? [],
      ]);
      expect([job, used.flat(2)]).toEqual([job, job === "publish" ? ["npm publish"] : []]);
    }
  });

  test("others' actions are of GitHub, named by what they are and not by a tag that can be moved, and keep no credential", () => {
    const used = Object.keys(jobs).flatMap((job) => stepsOf(job).filter(({ uses }) => uses !== undefined));
    expect(used.length).toBe(3);
    for (const { uses, with: settings } of used) {
      expect(uses).toMatch(/^actions\/(checkout|upload-artifact)@[0-9a-f]{40}$/);
      if (uses!.startsWith("actions/checkout")) expect(settings).toEqual({ "persist-credentials": false });
    }
    // A week has gone by since each was made, by the day that stands beside it.
    const days = [...text.matchAll(/uses: \S+ # v[\d.]+, (\d{4}-\d\d-\d\d)$/gm)].map(([, day]) => day!);
    expect(days.length).toBe(used.length);
    for (const day of days) expect(Date.now() - Date.parse(day)).toBeGreaterThan(7 * 86_400_000);
  });
});

/** Runs what a step says, with these programs in place of the real ones. */
async function runStep({ run, env }: Step, programs: Record<string, string>, also: Record<string, string> = {}) {
  const cwd = mkdtempSync(join(folder, "step-"));
  const tools = join(cwd, "tools", "node", "24.18.0", "x64", "bin");
  mkdirSync(tools, { recursive: true });
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(tools, name), `#!/bin/bash\n${script}\n`);
    chmodSync(join(tools, name), 0o755);
  }
  const output = join(cwd, "output");
  writeFileSync(output, "");
  // As GitHub runs `shell: bash`.
  const child = Bun.spawn(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", run!], {
    cwd,
    env: {
      PATH: `${tools}:${process.env.PATH}`,
      RUNNER_TOOL_CACHE: join(cwd, "tools"),
      GITHUB_OUTPUT: output,
      GITHUB_REPOSITORY: "someone/headgate",
      GITHUB_REF_NAME: "v1.2.3",
      GITHUB_RUN_ID: "1",
      ...(env === undefined ? {} : { GH_TOKEN: "t" }),
      ...also,
    },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [code, said, complaints] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  const at = (name: string) => (existsSync(join(cwd, name)) ? readFileSync(join(cwd, name), "utf8") : "");
  return { code, said: said + complaints, at };
}

const hash = (bytes: string) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
const NPM = (version: string) => `[ "$1" = --version ] && echo ${version} || echo "npm $*" >> ran`;
const DOWNLOADS =
  "mkdir -p package; printf made > package/headgate-1.2.3.tgz; printf bill > package/headgate-1.2.3.cdx.json";

describe("what is published", () => {
  const step = stepsOf("publish").at(-1)!;

  test("is what was made", async () => {
    const { code, at } = await runStep(step, { gh: DOWNLOADS, npm: NPM("11.6.0") }, { SHA256: hash("made") });
    expect([code, at("ran")]).toEqual([
      0,
      "npm publish ./package/headgate-1.2.3.tgz --provenance --access public --ignore-scripts\n",
    ]);
  });

  test("is nothing where what has come is another, or where npm is too old to be trusted", async () => {
    for (const [made, npm] of [
      ["another", "11.6.0"],
      ["made", "11.5.0"],
    ] as const) {
      const { code, at } = await runStep(step, { gh: DOWNLOADS, npm: NPM(npm) }, { SHA256: hash(made) });
      expect([made, npm, code === 0, at("ran")]).toEqual([made, npm, false, ""]);
    }
  });

  test("has its bill of materials beside it", async () => {
    const gh = `[ "$1" = run ] && { ${DOWNLOADS}; } || echo "gh $*" >> ran`;
    const { code, at } = await runStep(stepsOf("release").at(-1)!, { gh }, { SHA256: hash("made") });
    expect(code).toBe(0);
    expect(at("ran")).toStartWith(
      "gh release create v1.2.3 package/headgate-1.2.3.cdx.json package/headgate-1.2.3.tgz ",
    );
  });
});

describe("before it is made", () => {
  const named = (name: string) => stepsOf("build").find((step) => step.name === name)!;

  test("nothing that is younger than a week is installed, and no script of anybody's is run", async () => {
    const npm = `echo "npm $*" >> ran; case "$1" in --version) echo 11.10.1 ;; pack) printf made > package/headgate-1.2.3.tgz ;; run) printf bill ;; esac`;
    const { code, at } = await runStep(named("pack"), { npm });
    expect([code, at("output"), at("package/headgate-1.2.3.cdx.json")]).toEqual([
      0,
      `sha256=${hash("made")}\n`,
      "bill",
    ]);
    expect(at("ran").split("\n").slice(0, 3)).toEqual([
      "npm --version",
      "npm ci --ignore-scripts --min-release-age=7",
      "npm pack --pack-destination package",
    ]);
    const old = await runStep(named("pack"), { npm: NPM("11.9.0") });
    expect([old.code === 0, old.at("ran")]).toEqual([false, ""]);
  });

  test("a tag that is not the version, or another repository, is refused", async () => {
    const step = named("the version of the tag, of this repository");
    const program = (manifest: object) =>
      `printf '%s' '${JSON.stringify(manifest)}' > package.json; exec ${Bun.which("node")} "$@"`;
    const url = "git+https://github.com/someone/headgate.git";
    for (const [manifest, holds] of [
      [{ version: "1.2.3", repository: { url } }, true],
      [{ version: "1.2.4", repository: { url } }, false],
      [{ version: "1.2.3", repository: { url: url.replace("someone", "another") } }, false],
      [{ version: "1.2.3" }, false],
    ] as const)
      expect([manifest, (await runStep(step, { node: program(manifest) })).code === 0]).toEqual([manifest, holds]);
  });

  test("an environment that one person can pass alone is refused", async () => {
    const answered = (word: string) => ({ gh: `echo "$*" > asked; echo ${word}` });
    const passed = await runStep(named("two people"), answered("true"));
    expect([passed.code, passed.at("asked")]).toEqual([
      0,
      expect.stringMatching(
        /^api repos\/someone\/headgate\/environments\/release --jq .*prevent_self_review and \(\.reviewers \| length\) >= 2/,
      ),
    ]);
    for (const word of ["false", ""]) {
      const refused = await runStep(named("two people"), answered(word));
      expect([refused.code, refused.said]).toEqual([1, expect.stringContaining("two required reviewers")]);
    }
  });
});
