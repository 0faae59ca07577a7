#!/usr/bin/env node
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { becomeBun } from "./bun.mjs";
import { buildDashboard } from "./dashboard.mjs";
import { tellOfNode } from "./node-age.mjs";
import { programOf } from "./program.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const isStart = process.argv[2] === "start";
if (isStart) {
  tellOfNode();
  buildDashboard();
}

// A stranger's bunfig.toml or .env in the working directory must not change what runs here.
becomeBun([
  "--no-install",
  "--no-env-file",
  `--config=${join(ROOT, "bin", "bunfig.toml")}`,
  programOf(isStart),
  ...process.argv.slice(2),
]);
