/** In a clone: builds the dashboard where it has not been built since its sources changed. A package has it built. */
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { newestIn } from "./newest.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = join(ROOT, "dashboard");

/** Without one the gateway does all else: what went wrong is told, and the start goes on. */
export function buildDashboard() {
  if (!existsSync(join(SOURCES, "build.ts"))) return;
  const built = statSync(join(ROOT, "dist", "dashboard", "index.html"), { throwIfNoEntry: false });
  if (built !== undefined && built.mtimeMs >= newestIn(SOURCES)) return;
  process.stderr.write("Building the dashboard (once)…\n");
  spawnSync(process.execPath, [join(ROOT, "bin", "bun.mjs"), join(SOURCES, "build.ts")], { stdio: ["ignore", 2, 2] });
}
