/**
 * The gateway as the figures are taken: keys, edits, fallback plan and ledger on. `bun bench/gateway.ts <upstream port> <folder> [--no-ledger]`.
 */
import { giveBack } from "../src/cli/start.ts";
import { checkConfig } from "../src/config/load.ts";
import { IDLE_SECONDS } from "../src/http/server.ts";
import { createGateway } from "../src/index.ts";

const [upstream, data, flag] = process.argv.slice(2);
const config = checkConfig(
  {
    data,
    simulate: "never",
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
giveBack();
process.stdout.write(`${server.port}\n`);
