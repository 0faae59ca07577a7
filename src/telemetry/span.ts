import type { JsonObject, JsonValue } from "../core/json.ts";

export type AttributeValue = string | number | boolean | readonly string[];

/** What took how long, and belongs to what. Holds nothing of what anybody said. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly state: string | undefined;
  readonly name: string;
  /** Who was asked, or who asked. */
  readonly kind: "server" | "client";
  /** Unix milliseconds, with what is behind the point. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, AttributeValue | undefined>>;
  readonly failed: boolean;
}

const KINDS = { server: 2, client: 3 } as const;
const ERROR = 2;

/** The body of `POST /v1/traces`, JSON as OTLP has it. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export function tracesBody(
  spans: readonly Span[],
  resource: Readonly<Record<string, string>>,
  scope: { readonly name: string; readonly version: string },
): JsonObject {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope: { ...scope }, spans: spans.map(spanOf) }],
      },
    ],
  };
}

function spanOf({
  traceId,
  spanId,
  parentId,
  state,
  name,
  kind,
  startMs,
  endMs,
  attributes,
  failed,
}: Span): JsonObject {
  return {
    traceId,
    spanId,
    ...(parentId === undefined ? {} : { parentSpanId: parentId }),
    ...(state === undefined ? {} : { traceState: state }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: attributesOf(attributes),
    ...(failed ? { status: { code: ERROR } } : {}),
  };
}

/** A number of this size is text in JSON, and a double would not hold it: whole microseconds. */
function nanoseconds(ms: number): string {
  return `${Math.round(ms * 1000)}000`;
}

function attributesOf(attributes: Span["attributes"]): JsonValue[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: told(value) }],
  );
}

function told(value: AttributeValue): JsonObject {
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "number":
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
    default:
      return { arrayValue: { values: value.map((one) => ({ stringValue: one })) } };
  }
}
