import { beforeEach, describe, expect, test } from "bun:test";
import { collectorOf } from "./collector.ts";

const of = (config: Parameters<typeof collectorOf>[0], env: Record<string, string> = {}) =>
  collectorOf(config, env, "1.2.3", (cause) => complaints.push(cause.message));

let complaints: string[] = [];
beforeEach(() => {
  complaints = [];
});

describe("where spans go", () => {
  test("nowhere, unless somebody says so", () => {
    expect(of({})).toBeUndefined();
    expect(of({}, { OTEL_EXPORTER_OTLP_HEADERS: "a=b", OTEL_SERVICE_NAME: "x" })).toBeUndefined();
    expect(of({}, { OTEL_EXPORTER_OTLP_ENDPOINT: "" })).toBeUndefined();
  });

  test.each([
    ["http://c:4318", "http://c:4318/v1/traces"],
    ["http://c:4318/", "http://c:4318/v1/traces"],
    ["https://c/otlp", "https://c/otlp/v1/traces"],
    ["https://c/otlp/v1/traces", "https://c/otlp/v1/traces"],
  ])("as the configuration says it: %s", (endpoint, url) => {
    expect(of({ endpoint }, { OTEL_EXPORTER_OTLP_ENDPOINT: "http://other:1" })!.url).toBe(url);
    expect(of({}, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })!.url).toBe(url);
  });

  test("the variable for traces is taken as it stands, before that for all signals", () => {
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://t/in", OTEL_EXPORTER_OTLP_ENDPOINT: "http://all" };
    expect(of({}, env)!.url).toBe("http://t/in");
  });

  test.each<[string, Record<string, string>]>([
    ["gRPC is meant", { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }],
    ["gRPC is meant for traces", { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "grpc" }],
    ["traces go elsewhere", { OTEL_TRACES_EXPORTER: "none" }],
    ["telemetry is off", { OTEL_SDK_DISABLED: "TRUE" }],
  ])("nowhere by the variables, where %s", (_, env) => {
    expect(of({}, { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4317", ...env })).toBeUndefined();
  });

  test("nowhere for an address that is none, which is told by its variable", () => {
    expect(of({}, { OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" })).toBeUndefined();
    expect(complaints).toEqual(["OTEL_EXPORTER_OTLP_ENDPOINT holds no http or https address: no spans are sent"]);
  });
});

describe("what goes along", () => {
  const endpoint = "http://c";

  test("header fields of the variables, and over them those of the configuration", () => {
    const env = { OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic%20abc%3D, x-a=1,broken,=none" };
    expect(of({ endpoint, headers: { "x-a": "2" } }, env)!.headers).toEqual({
      authorization: "Basic abc=",
      "x-a": "2",
    });
    expect(of({ endpoint }, { ...env, OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-b=%zz" })!.headers).toEqual({
      "x-b": "%zz",
    });
  });

  test("whose spans they are", () => {
    expect(of({ endpoint })!.resource).toEqual({ "service.name": "headgate", "service.version": "1.2.3" });
    const env = { OTEL_RESOURCE_ATTRIBUTES: "service.name=gw,deployment.environment.name=prod" };
    expect(of({ endpoint }, env)!.resource).toMatchObject({
      "service.name": "gw",
      "deployment.environment.name": "prod",
    });
    expect(of({ endpoint }, { ...env, OTEL_SERVICE_NAME: "mine" })!.resource).toMatchObject({ "service.name": "mine" });
  });

  test.each([
    ["250", 250],
    ["soon", 10_000],
    ["0", 10_000],
  ])("how long one may take: %s", (told, ms) => {
    expect(of({ endpoint }, { OTEL_EXPORTER_OTLP_TIMEOUT: told })!.timeoutMs).toBe(ms);
  });
});
