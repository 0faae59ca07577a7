import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROUTES } from "../../src/admin/routes.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";

const PAGE = readFileSync(join(import.meta.dir, "../../docs/admin.md"), "utf8");
const TOKEN = "an-admin-token-of-the-operator";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ config: { admin_token: TOKEN } });
});
afterAll(async () => {
  await gateway.stop();
});

test("docs/admin.md tells every route, and no other", () => {
  const told = [...PAGE.matchAll(/`((?:GET|POST|PUT|PATCH|DELETE) \/admin\/[^`]*)`/g)].map(([, route]) => route!);
  expect([...new Set(told)].sort()).toEqual(
    ROUTES.flatMap(({ method, path }) => (path.startsWith("/admin/") ? [`${method} ${path}`] : [])).sort(),
  );
});

test("its lines work, in their order", async () => {
  const lines = [...PAGE.matchAll(/^curl .*$/gm)].map(([line]) => line);
  expect(lines.length).toBeGreaterThanOrEqual(8);
  for (const line of lines) {
    const child = Bun.spawn(["sh", "-c", line.replace("http://127.0.0.1:8787", gateway.url)], {
      env: { PATH: process.env.PATH, ADMIN_TOKEN: TOKEN },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [code, said, wrong] = await Promise.all([
      child.exited,
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    expect([line, code, wrong]).toEqual([line, 0, ""]);
    expect(JSON.parse(said)).toBeObject();
  }
});
