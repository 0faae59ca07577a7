import type { ErrorRow, ErrorType, Retry } from "./error-row.ts";
import { ERRORS, type ErrorCode } from "./errors.ts";
import type { JsonObject, JsonValue } from "./json.ts";

export type { ErrorType, Retry } from "./error-row.ts";
export { ERRORS, type ErrorCode } from "./errors.ts";

export interface ErrorDetails {
  /** Path of the offending field in the client's body: `messages[2].content`. */
  param?: string;
  /** The model that is not there. */
  model?: string;
  /** The routing rule that denied the model. */
  ruleId?: string;
  /** How long the provider asks us to wait, or we ask the client. */
  retryAfterMs?: number;
  /** Header fields of the reply that tells it. */
  fields?: Readonly<Record<string, string>>;
  /** What the provider said, as it said it, after redaction; `account`: whatever had been asked for would have been refused. */
  upstream?: { status: number; code?: string; body?: JsonValue; account?: true };
  askedTwice?: boolean;
  /** The provider may have read the request. */
  isSent?: boolean;
  /** What the reply tells beside the error, as `provider_metadata` of an answer would: what was tried, and what came of it. */
  metadata?: JsonObject;
  cause?: unknown;
}

/** The only error that reaches a client. Anything else thrown is a defect and becomes `internal_error`. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(short(message, MESSAGE_CAP), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "GatewayError";
    this.code = code;
    this.details = details.param === undefined ? details : { ...details, param: short(details.param, PARAM_CAP) };
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
  get type(): ErrorType {
    return ERRORS[this.code].type;
  }
  get retry(): Retry {
    return ERRORS[this.code].retry;
  }

  /** What stands in the way, as replies name it: the path of a field, or a rule (contract 2.3). */
  get param(): string | { ruleId: string } | undefined {
    const { param, ruleId } = this.details;
    return ruleId === undefined ? param : { ruleId };
  }

  /** Whether the client has reason to send the same request again. */
  get again(): boolean {
    const row: ErrorRow = ERRORS[this.code];
    return row.again === true;
  }

  /** The same error with what was tried before it, and what its reply tells of limits. */
  explained(metadata: JsonObject, fields?: ErrorDetails["fields"]): GatewayError {
    return new GatewayError(this.code, this.message, { ...this.details, metadata, ...(fields && { fields }) });
  }

  /** The same error, with these header fields in the reply that tells it. */
  headed(fields: NonNullable<ErrorDetails["fields"]>): GatewayError {
    return new GatewayError(this.code, this.message, {
      ...this.details,
      fields: { ...fields, ...this.details.fields },
    });
  }

  /** What was thrown, as a GatewayError: a stranger becomes `internal_error` with a fixed text. */
  static from(thrown: unknown): GatewayError {
    if (thrown instanceof GatewayError) return thrown;
    return new GatewayError("internal_error", "The gateway failed on this request.", { cause: thrown });
  }
}

/** Messages repeat what they were asked: a name of a megabyte is not sent back, nor kept. */
const MESSAGE_CAP = 4000;
const PARAM_CAP = 400;

function short(text: string, cap: number): string {
  return text.length <= cap ? text : `${text.slice(0, cap - 1).toWellFormed()}…`;
}
