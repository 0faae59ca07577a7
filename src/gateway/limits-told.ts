import { authenticate } from "../access/authenticate.ts";
import { GatewayError } from "../core/error.ts";
import type { WireName } from "../core/event.ts";
import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";

/**
 * What was thrown, with what is left of the limits of whose request it was: a request that was not let in has used nothing of them, and is told
 * all the same. What tells of them already, or is nobody's, stays as it is. Never throws.
 */
export async function limitsTold(
  { gates, snapshot }: Pick<Gateway, "gates" | "snapshot">,
  { headers, createdAt }: Pick<Call, "headers" | "createdAt">,
  wire: WireName,
  thrown: unknown,
): Promise<unknown> {
  if (!(thrown instanceof GatewayError) || thrown.details.fields !== undefined) return thrown;
  try {
    let error = thrown;
    for (const gate of gates) {
      if (gate.fieldsFor === undefined) continue;
      error = error.headed(await gate.fieldsFor(await authenticate(snapshot.keys, headers), wire, createdAt));
    }
    return error;
  } catch {
    return thrown;
  }
}
