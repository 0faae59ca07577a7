/**
 * The gateway as the figures are taken: keys, edits, fallback plan and ledger on. `bun bench/gateway.ts <upstream port> <folder> [--no-ledger | --managed]`,
 * managed with limits and budgets on every request.
 */
import { freezePrototype } from "../src/cli/frozen.ts";
import { giveBack } from "../src/cli/start.ts";
import { checkConfig } from "../src/config/load.ts";
import { IDLE_SECONDS } from "../src/http/server.ts";
import { createGateway } from "../src/index.ts";

const [upstream, data, flag] = process.argv.slice(2);
const managed = flag === "--managed";
const ADMIN = "admin-token-of-the-bench";
/** So much that nothing is ever refused. */
const MOST = { requests_per_minute: 1_000_000_000, tokens_per_minute: 1_000_000_000 };
const config = checkConfig(
  {
    data,
    simulate: "never",
    admin_token: ADMIN,
    ...(managed ? { rate_limits: { gateway: MOST, per_key: MOST } } : {}),
    providers: {
      openai: { base_url: `http://127.0.0.1:${upstream}/v1`, api_key: "sk-bench" },
      anthropic: { base_url: `http://127.0.0.1:${upstream}`, api_key: "sk-bench" },
      google: { base_url: `http://127.0.0.1:${upstream}/v1beta`, api_key: "sk-bench" },
      // One that speaks chat completions and nothing else.
      lab: {
        base_url: `http://127.0.0.1:${upstream}/v1`,
        api_key: "sk-bench",
        wire: "openai-chat",
        models: [{ id: "lab/large" }],
      },
    },
  },
  "bench",
);
// As it is started.
freezePrototype();
const headgate = await createGateway({ config, env: { AI_GATEWAY_API_KEY: "bench" } });
// What the ledger costs is the difference to a gateway that forgets.
if (flag === "--no-ledger") headgate.gateway.ledger.write = () => Promise.resolve();
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  development: false,
  idleTimeout: IDLE_SECONDS,
  fetch: (request, server) => headgate.fetch(request, server),
});
if (managed)
  for (const scope of [{ scope: "gateway" }, { scope: "key", scope_id: "key_environment" }]) await budget(scope);
giveBack();
process.stdout.write(`${server.port}\n`);

async function budget(scope: object): Promise<void> {
  const reply = await fetch(`http://127.0.0.1:${server.port}/admin/budgets`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN}`, "content-type": "application/json" },
    body: JSON.stringify({ ...scope, limit_usd: 1_000_000, period: "monthly" }),
  });
  if (!reply.ok) throw new Error(await reply.text());
}
