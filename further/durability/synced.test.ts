import { afterEach, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sized, tell } from "../../test/support/figures.ts";
import { cleanUp, folder, startHeadgate } from "../../test/support/process.ts";

/** What the kernel is asked for, with `ledger.sync: full`, in which order. Needs Debian's `strace`. */

const REQUESTS = sized(20, 200);
const KEY = "a-key-of-the-environment";
const CALLS = "trace=pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg";

afterEach(cleanUp);

test(`a row is on the disk before the last byte of its reply goes out, ${REQUESTS} of ${REQUESTS} times`, async () => {
  const cwd = folder();
  writeFileSync(join(cwd, "headgate.yaml"), "ledger: { sync: full }\n");
  const gateway = await startHeadgate([], { cwd, env: { AI_GATEWAY_API_KEY: KEY } });
  const calls = join(cwd, "calls");
  const how = ["-f", "-y", "-s", "20000", "-o", calls, "-e", CALLS, "-p", `${gateway.pid}`];
  const strace = Bun.spawn(["strace", ...how], { stderr: "pipe" });
  // It says so once it watches.
  await strace.stderr.getReader().read();
  const ids: string[] = [];
  for (let nth = 0; nth < REQUESTS; nth++) {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      body: JSON.stringify({
        model: "openai/gpt-5",
        stream: nth % 2 === 1,
        messages: [{ role: "user", content: "[sim tokens=4]" }],
      }),
    });
    expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
    ids.push(response.headers.get("x-request-id")!);
  }
  // What it has seen is in its file when it ends.
  strace.kill("SIGINT");
  await strace.exited;

  const lines = readFileSync(calls, "utf8").split("\n");
  const isOfLog = (line: string, call: string) => line.includes(`${call}(`) && line.includes("headgate.db-wal>");
  const late: string[] = [];
  for (const id of ids) {
    const written = lines.findIndex((line) => isOfLog(line, "pwrite64") && line.includes(id));
    const synced = lines.findIndex((line, at) => at > written && isOfLog(line, "sync"));
    const replied = lines.findLastIndex((line) => line.includes(id) && !line.includes("pwrite64("));
    if (!(written >= 0 && synced > written && replied > synced)) late.push(`${id}: ${written} ${synced} ${replied}`);
  }
  expect(late).toEqual([]);
  tell({ row: "M2", what: "replies after whose row the disk was waited for", value: ids.length });
}, 60_000);
