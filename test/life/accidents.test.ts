import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanUp, folder, ROOT, startHeadgate } from "../support/process.ts";

afterEach(cleanUp);

/** Runs inside of the gateway before anything else: at a signal, two things go wrong where nobody catches them. */
const ACCIDENTS = `
process.on("SIGUSR2", () => {
  Promise.reject(new Error("rejected and forgotten"));
  setTimeout(() => {
    throw new Error("thrown at nobody");
  }, 1);
});
`;

test("what nobody caught is told with its stack and when it was, and everything else goes on", async () => {
  const file = join(folder(), "accidents.ts");
  writeFileSync(file, ACCIDENTS);
  const command = [process.execPath, "--no-install", "--no-env-file", "--preload", file, join(ROOT, "src", "main.ts")];
  const gateway = await startHeadgate([], { command, env: { AI_GATEWAY_API_KEY: "test-key" } });
  const stream = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer test-key", "content-type": "application/json" },
    body: JSON.stringify({
      model: "openai/gpt-5",
      stream: true,
      messages: [{ role: "user", content: "[sim tokens=40 every=10ms]" }],
    }),
  });
  gateway.kill("SIGUSR2");
  await gateway.says(/^\d{4}-\d\d-\d\dT\S+Z unhandledRejection: Error: rejected and forgotten\n +at .*accidents\.ts/m);
  await gateway.says(/^\d{4}-\d\d-\d\dT\S+Z uncaughtException: Error: thrown at nobody\n +at .*accidents\.ts/m);
  expect(await stream.text()).toEndWith("data: [DONE]\n\n");
});
