import { GatewayError } from "../core/error.ts";
import type { Gateway } from "./gateway.ts";

/** The error that the client is told instead of what was thrown. A defect is complained of here: the client learns no more than the id. */
export function errorOf(gateway: Gateway, id: string, thrown: unknown): GatewayError {
  const error = GatewayError.from(thrown);
  gateway.metrics.failed(error.code);
  if (error.code === "internal_error") gateway.complain(id, error.cause);
  return error;
}
