import { createHmac } from "node:crypto";

/** Not a secret: simulators of different days must know each other's seals. */
const KEY = "headgate simulator";
const HEAD = "gAAAAAB";

/** Thinking as only the simulator can read it. */
export function sealThought(thought: string): string {
  const said = Buffer.from(thought).toString("base64url");
  return `${HEAD}${macOf(said)}${said}`;
}

/** Whether this was made by {@link sealThought}, and nobody has changed it. */
export function isSealed(content: string): boolean {
  const said = content.slice(HEAD.length + 43);
  return content === `${HEAD}${macOf(said)}${said}`;
}

function macOf(said: string): string {
  return createHmac("sha256", KEY).update(said).digest("base64url");
}
