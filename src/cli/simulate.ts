import { startSimulator } from "../simulator/server.ts";
import { stopped } from "./signals.ts";
import { type Command, readOptions, UsageError } from "./usage.ts";

const OPTIONS = {
  host: { type: "string", value: "address", means: "Address to listen on. Default 127.0.0.1." },
  port: { type: "string", value: "number", means: "Port to listen on. Default 8788; 0 takes a free one." },
} as const;

export const simulate: Command = {
  means: "Serve the provider simulator alone: OpenAI, Anthropic, Gemini, Bedrock and Vertex AI.",
  options: OPTIONS,
  async run(args) {
    const { host = "127.0.0.1", port = "8788" } = readOptions(args, OPTIONS);
    if (!/^\d{1,5}$/.test(port)) throw new UsageError(`--port must be a number, not ${JSON.stringify(port)}`);
    const simulator = startSimulator({ hostname: host, port: Number(port) });
    process.stdout.write(
      `Simulating OpenAI at ${simulator.url}/v1 and Anthropic at ${simulator.url}. Any key will do.\n`,
    );
    await stopped();
    simulator.stop();
    return 0;
  },
};
