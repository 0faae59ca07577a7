import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../support/process.ts";
import { dockerfile } from "./dockerfile.ts";

/** The program that the image holds, made of what the image is built from, by the same script. @throws Error */
export async function compiledProgram(): Promise<{ command: string[]; remove(): void }> {
  const place = mkdtempSync(join(tmpdir(), "headgate-compiled-"));
  const { stages } = dockerfile();
  for (const line of stages[0]!.of("COPY"))
    for (const path of line.split(" ").slice(0, -1))
      cpSync(join(ROOT, path), join(place, path), {
        recursive: true,
        // A lockfile that is younger than what was installed by it would have everything installed anew, where the link below leads.
        preserveTimestamps: true,
        // As `Dockerfile.dockerignore` has it.
        filter: (from) => !/\.test\.ts$|\/fixtures(\/|$)/.test(from),
      });
  symlinkSync(join(ROOT, "node_modules"), join(place, "node_modules"));
  const made = Bun.spawn(["npm", "run", "--silent", "compile"], { cwd: place, stdout: "ignore", stderr: "pipe" });
  if ((await made.exited) !== 0) throw new Error(await made.stderr.text());
  return {
    command: [join(place, "dist", "headgate")],
    remove: () => rmSync(place, { recursive: true, force: true }),
  };
}
