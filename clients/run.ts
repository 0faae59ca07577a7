/**
 * Every client that people point at a gateway, as they run it: `npm run test:clients`. One gateway, with the simulator behind every
 * provider, and each suite against it. What was shown is compared with `results.generated.json`, of which `docs/compatibility.md` is
 * made; `-- --write` writes both anew. `-- python` runs one suite, and compares what it has shown.
 * With `--from=<folder>` what stands in reports of `npm test` there is not run again.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startGateway } from "../test/support/gateway.ts";
import { Issuer } from "../test/support/issuer.ts";
import { bunTests } from "./bun-tests.ts";
import { python } from "./python.ts";
import { differences, merged, RESULTS, readResults, resultsOf } from "./results.ts";
import type { Shown, Stage, Suite } from "./suite.ts";

const SUITES: readonly Suite[] = [python, bunTests];
const ADMIN = "admin-token-of-the-clients";

const asked = process.argv.slice(2);
const write = asked.includes("--write");
const reports = asked.find((one) => one.startsWith("--from="))?.slice("--from=".length);
const names = asked.filter((name) => !name.startsWith("--"));
const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name));
if (unknown.length > 0) {
  process.stderr.write(`No suite ${unknown.join(", ")}. There are: ${SUITES.map(({ name }) => name).join(", ")}\n`);
  process.exit(2);
}
const suites = names.length === 0 ? SUITES : SUITES.filter(({ name }) => names.includes(name));

const issuer = new Issuer();
const stage = await stageWith(issuer);
const shown: Shown[] = [];
let broken = 0;
const began = performance.now();
// Much of it is waiting for what is fetched.
const ready = suites.map((suite) => suite.prepare(stage));
await Promise.allSettled(ready);
for (const [nth, suite] of suites.entries()) {
  try {
    await ready[nth];
    say(`${suite.name}: ready after ${seconds(began)}`);
    await suite.run(stage, (one) => {
      shown.push(one);
      const { client, feature, what, failure } = one;
      say(`${failure === undefined ? "(pass)" : "(FAIL)"} ${client.title} (${client.language}) > ${feature} > ${what}`);
      if (failure !== undefined) say(failure.replaceAll(/^/gm, "    "));
    });
  } catch (thrown) {
    broken++;
    say(`(FAIL) ${suite.name}: ${thrown instanceof Error ? thrown.message : thrown}`);
  }
  say(`${suite.name}: ${seconds(began)}`);
}
await stage.gateway.stop();
await issuer.stop();

const passed = shown.filter(({ failure }) => failure === undefined).length;
const failed = shown.length - passed + broken;
const found = resultsOf(shown);
if (write && failed === 0) {
  const all = merged(readResults(), found, names.length === 0);
  await Bun.write(RESULTS, `${JSON.stringify(all, null, 1)}\n`);
  say("Written. `node bin/bun.mjs scripts/docs.ts` makes the page of it.");
}
const wrong = write ? [] : differences(readResults(), found, names.length === 0);
for (const one of wrong) say(`(FAIL) docs/compatibility.md: ${one}`);
say(`\n${passed} pass\n${failed + wrong.length} fail`);
process.exit(failed + wrong.length === 0 ? 0 : 1);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

async function stageWith(issuer: Issuer): Promise<Stage> {
  const rule = { name: "vercel", issuer: issuer.url, audience: "headgate", subjects: ["owner:acme:*"] };
  const gateway = await startGateway({ config: { simulate: "always", admin_token: ADMIN, oidc: [rule] } });
  const headers = { authorization: `Bearer ${ADMIN}` };
  const cache = join(import.meta.dir, ".cache");
  mkdirSync(cache, { recursive: true });
  return {
    gateway,
    issuer,
    cache,
    reports,
    async spentBudget(scope, of) {
      const body = { scope, scope_id: of, limit_usd: 0, period: "total" };
      const made = await gateway.post("/admin/budgets", body, headers);
      if (made.status !== 201) throw new Error(`the budget of nothing: ${made.status} ${await made.text()}`);
    },
    async spentKey() {
      const limits = { requests_per_minute: 1 };
      const made = await gateway.post("/admin/keys", { name: `one a minute ${crypto.randomUUID()}`, limits }, headers);
      const { key } = (await made.json()) as { key: string };
      const body = { model: "openai/gpt-5", messages: [{ role: "user", content: "Hello" }] };
      const first = await gateway.post("/v1/chat/completions", body, { authorization: `Bearer ${key}` });
      if (first.status !== 200) throw new Error(`the key that lets one in: ${first.status} ${await first.text()}`);
      return key;
    },
  };
}
