import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isKeyShaped, newKey } from "../../src/access/keys.ts";
import { TOKEN } from "../access/keys.ts";
import { FULL, tell } from "../support/figures.ts";
import { KEY } from "../support/gateway.ts";

/**
 * The whole suite leaves what its gateways have kept and said: databases with their logs of writes, spools, what programs wrote out,
 * refusals with their heads, numbers. All of its secrets are known by a word that stands in nothing else, and a key of ours by its checksum.
 */
const ROOT = join(import.meta.dir, "..", "..");
/** What the providers' keys of the tests begin with. */
const SECRETS = [
  KEY,
  TOKEN,
  "sk-test-openai",
  "sk-test-anthropic",
  "sk-test-groq",
  "sk-test-mistral",
  "sk-test-deepseek",
];

/** All that a secret may be written as. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const coded = [0, 1, 2].map((n) =>
    Buffer.from("x".repeat(n) + secret)
      .toString("base64")
      .slice(n === 0 ? 0 : 4, -4),
  );
  return [secret, bytes.toString("hex"), bytes.toString("utf16le"), ...coded];
}

const FORMS = SECRETS.flatMap((secret) => formsOf(secret).map((form) => ({ secret, form: Buffer.from(form) })));

/** The secrets that stand in some bytes. */
function secretsIn(bytes: Buffer): string[] {
  const named = FORMS.filter(({ form }) => bytes.includes(form)).map(({ secret }) => secret);
  const keys = bytes.toString("latin1").match(/hg_[A-Za-z0-9]{49}/g) ?? [];
  return [...new Set([...named, ...keys.filter((key) => isKeyShaped(key))])];
}

test(
  `no secret is left anywhere by ${FULL ? "the whole suite" : "suites that have many"}`,
  async () => {
    const remains = mkdtempSync(join(tmpdir(), "headgate-remains-"));
    const folders = readdirSync(join(ROOT, "test")).filter(
      (name) => !["scoreboard", "support", "deploy"].includes(name),
    );
    const all = ["./src", ...folders.map((name) => `./test/${name}`)];
    const some = [
      "./test/admin/admin.test.ts",
      "./test/access/keys.test.ts",
      "./test/conformance/errors.test.ts",
      "./test/reports/bodies.test.ts",
    ];
    const { HEADGATE_FIGURES: _, HEADGATE_SCOREBOARD: __, ...env } = process.env;
    const child = Bun.spawn(["node", join(ROOT, "bin", "bun.mjs"), "test", ...(FULL ? all : some)], {
      cwd: ROOT,
      env: { ...env, HEADGATE_REMAINS: remains },
      stdout: "ignore",
      stderr: "pipe",
    });
    const said = await child.stderr.text();
    await child.exited;
    const passed = Number(/^ *(\d+) pass$/m.exec(said)?.[1] ?? 0);
    const files = readdirSync(remains, { recursive: true, encoding: "utf8" }).filter(
      (name) =>
        statSync(join(remains, name)).isFile() && !/(^|\/)(key-secret|first-run\.txt|headgate\.lock)$/.test(name),
    );
    const hits: string[] = [];
    let bytes = 0;
    for (const name of files) {
      const content = readFileSync(join(remains, name));
      bytes += content.length;
      hits.push(...secretsIn(content).map((secret) => `${name}: ${secret}`));
    }
    const row = "H12";
    tell({ row, what: "tests whose remains were looked through", value: passed });
    tell({ row, what: "files of them", value: files.length });
    tell({ row, what: "megabytes of them", value: bytes / 1e6 });
    tell({ row, what: "secrets in them", value: hits.length, atMost: 0 });
    rmSync(remains, { recursive: true });
    expect(hits).toEqual([]);
    expect(passed).toBeGreaterThan(FULL ? 5000 : 100);
    for (const what of ["refusals-", "numbers-", "headgate.db"])
      expect([what, files.some((name) => name.includes(what))]).toEqual([what, true]);
  },
  FULL ? 900_000 : 60_000,
);

test("what looks for secrets finds them", () => {
  const key = newKey();
  expect(secretsIn(Buffer.from(`a ${key} b`))).toEqual([key]);
  expect(secretsIn(Buffer.from(`a ${btoa(`x${TOKEN}yy`)} b`))).toEqual([TOKEN]);
  expect(secretsIn(Buffer.from(Buffer.from(KEY).toString("hex")))).toEqual([KEY]);
  expect(secretsIn(Buffer.from(`a hg_${"a".repeat(49)} b`))).toEqual([]);
});
