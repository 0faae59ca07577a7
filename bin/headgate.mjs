#!/usr/bin/env node
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { becomeBun } from "./bun.mjs";
import { buildDashboard } from "./dashboard.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

if (process.argv[2] === "start") buildDashboard();

// A stranger's bunfig.toml or .env in the working directory must not change what runs here.
becomeBun([
  "--no-install",
  "--no-env-file",
  `--config=${join(ROOT, "bin", "bunfig.toml")}`,
  join(ROOT, "src", "main.ts"),
  ...process.argv.slice(2),
]);
