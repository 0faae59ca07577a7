import type { ByteText } from "../core/byte-text.ts";
import type { Closing } from "../core/closing.ts";
import { type ErrorCode, type ErrorDetails, GatewayError } from "../core/error.ts";
import type { JsonValue } from "../core/json.ts";
import type { Readings } from "../core/readings.ts";
import type { Credential } from "../upstream/credentials.ts";
import type { Course, Passage } from "./passage.ts";

/**
 * A passage by a credential of the client's own: errors do not repeat its secret, whatever that looks like, and say whose account
 * they speak of. One by the gateway's own credential passes as it is, and what it fails by is looked through in the end.
 */
export function discreet(passage: Passage, credential: Credential): Passage {
  const conceal = (error: GatewayError) => concealed(error, credential);
  if (credential.kind === "system") return { ...passage, conceal };
  const { readings } = passage;
  return {
    ...passage,
    conceal,
    whole: (answer) => guarded(credential, () => passage.whole(answer)),
    stream: () => new DiscreetCourse(passage.stream(), readings, credential),
    refusal: (status, headers, body) => concealed(passage.refusal(status, headers, body), credential),
  };
}

/** The error, of an attempt with this credential, as it may be told and written down. */
export function concealed(error: GatewayError, credential: Credential): GatewayError {
  const ours = credential.kind === "system";
  const { message, details } = error;
  // Mostly nobody repeats ours.
  if (ours && !repeats(credential, error)) return error;
  const told: ErrorDetails = { ...details };
  if (details.param !== undefined) told.param = credential.conceal(details.param);
  if (details.upstream !== undefined) {
    const { status, code, body } = details.upstream;
    told.upstream = {
      status,
      ...(code === undefined ? {} : { code: credential.conceal(code) }),
      ...(body === undefined ? {} : { body: concealedValue(body, credential) }),
    };
  }
  return new GatewayError(error.code, (ours ? undefined : OWN_TEXTS[error.code]) ?? credential.conceal(message), told);
}

/** What is wrong with an account that is not ours. */
const OWN_TEXTS: Partial<Record<ErrorCode, string>> = {
  upstream_auth: "The provider refused the credential that the request brought.",
  upstream_quota: "The account of the credential that the request brought is out of credit.",
  upstream_rate_limited: "The provider is limiting the account of the credential that the request brought.",
};

function repeats(credential: Credential, { message, details }: GatewayError): boolean {
  const { code, body } = details.upstream ?? {};
  const said = [message, details.param, code, typeof body === "object" ? JSON.stringify(body) : body];
  return said.some((text) => typeof text === "string" && credential.conceal(text) !== text);
}

/** What is kept of a body is text, or what was parsed of one. */
function concealedValue(value: JsonValue, credential: Credential): JsonValue {
  return typeof value === "string" ? credential.conceal(value) : credential.conceal(JSON.stringify(value));
}

function guarded<T>(credential: Credential, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    throw concealed(GatewayError.from(thrown), credential);
  }
}

class DiscreetCourse implements Course {
  private readonly course: Course;
  private readonly readings: Readings;
  private readonly credential: Credential;

  constructor(course: Course, readings: Readings, credential: Credential) {
    this.course = course;
    this.readings = readings;
    this.credential = credential;
  }

  push(bytes: ByteText): Uint8Array {
    return this.heard(() => this.course.push(bytes));
  }

  end(): Uint8Array {
    return this.heard(() => this.course.end());
  }

  finish(closing: Closing): string {
    return this.course.finish(closing);
  }

  fail(error: GatewayError): string {
    return this.course.fail(error);
  }

  /** What the provider says of a failure is read off its bytes: from there on it is told as it may be. */
  private heard(act: () => Uint8Array): Uint8Array {
    const told = guarded(this.credential, act);
    const { error } = this.readings;
    if (error !== undefined) this.readings.error = concealed(error, this.credential);
    return told;
  }
}
