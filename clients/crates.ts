import { join } from "node:path";
import { run } from "./suite.ts";

const FOLDER = join(import.meta.dir, "..", "examples", "rust");

/**
 * Builds the Rust examples, of the crates that `Cargo.lock` pins. The first time takes two minutes, the next ones nothing.
 * @param target where all that was built is kept @throws Error with what cargo said, or that there is none
 */
export async function buildCrates(target: string): Promise<void> {
  if (Bun.which("cargo") === null) throw new Error("There is no cargo: the crates want Rust 1.88, https://rustup.rs");
  const { code, complained } = await run(["cargo", "build", "--locked", "--bins", "--quiet"], {
    cwd: FOLDER,
    env: { ...process.env, CARGO_TARGET_DIR: target } as Record<string, string>,
    seconds: 900,
  });
  if (code !== 0) throw new Error(`cargo ended with ${code}: ${complained}`);
}
