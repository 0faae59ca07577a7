import { afterEach, describe, expect, test } from "bun:test";
import { Exporter } from "./exporter.ts";
import type { Span } from "./span.ts";

const SPAN: Span = {
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  spanId: "00f067aa0ba902b7",
  parentId: undefined,
  state: undefined,
  name: "chat lab/model",
  kind: "server",
  startMs: 1_764_000_000_000.125,
  endMs: 1_764_000_001_000,
  attributes: { text: "a", whole: 7, part: 0.5, flag: true, list: ["stop"], absent: undefined },
  failed: true,
};
const spans = (count: number): Span[] => Array.from({ length: count }, () => SPAN);

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A collector that answers as it is told, and what came to it. */
function collector(...answers: (() => Response)[]) {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
  const bodies: any[] = [];
  const heads: Headers[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      heads.push(request.headers);
      bodies.push(await request.json());
      return (answers.shift() ?? (() => Response.json({})))();
    },
  });
  stops.push(() => void server.stop(true));
  return { url: `http://127.0.0.1:${server.port}/v1/traces`, bodies, heads };
}

function exporterTo(url: string, complaints: Error[] = []): Exporter {
  const exporter = new Exporter({
    url,
    headers: { authorization: "Bearer collector" },
    timeoutMs: 5000,
    resource: { "service.name": "gw" },
    version: "1.2.3",
    complain: (cause) => complaints.push(cause),
  });
  stops.push(() => exporter.close());
  return exporter;
}

test("a span as OTLP has it in JSON, to the member", async () => {
  const { url, bodies, heads } = collector();
  const exporter = exporterTo(url);
  exporter.offer([SPAN, { ...SPAN, parentId: "1111111111111111", state: "a=b", kind: "client", failed: false }]);
  await exporter.flush();
  expect(heads[0]!.get("content-type")).toBe("application/json");
  expect(heads[0]!.get("authorization")).toBe("Bearer collector");
  const attributes = [
    { key: "text", value: { stringValue: "a" } },
    { key: "whole", value: { intValue: "7" } },
    { key: "part", value: { doubleValue: 0.5 } },
    { key: "flag", value: { boolValue: true } },
    { key: "list", value: { arrayValue: { values: [{ stringValue: "stop" }] } } },
  ];
  const common = {
    traceId: SPAN.traceId,
    spanId: SPAN.spanId,
    name: SPAN.name,
    startTimeUnixNano: "1764000000000125000",
    endTimeUnixNano: "1764000001000000000",
    attributes,
  };
  expect(bodies).toEqual([
    {
      resourceSpans: [
        {
          resource: { attributes: [{ key: "service.name", value: { stringValue: "gw" } }] },
          scopeSpans: [
            {
              scope: { name: "headgate", version: "1.2.3" },
              spans: [
                { ...common, kind: 2, status: { code: 2 } },
                { ...common, parentSpanId: "1111111111111111", traceState: "a=b", kind: 3 },
              ],
            },
          ],
        },
      ],
    },
  ]);
  expect([exporter.sent, exporter.dropped, exporter.waiting]).toEqual([2, 0, 0]);
});

const sizes = (bodies: { resourceSpans: { scopeSpans: { spans: unknown[] }[] }[] }[]) =>
  bodies.map(({ resourceSpans }) => resourceSpans[0]!.scopeSpans[0]!.spans.length);

test("batches are of 512 at the most; what is more than 2,048 at a time is lost and counted", async () => {
  const { url, bodies } = collector();
  const exporter = exporterTo(url);
  exporter.offer(spans(3000));
  expect([exporter.waiting, exporter.dropped]).toEqual([2048, 952]);
  exporter.offer(spans(1));
  expect(exporter.dropped).toBe(953);
  await exporter.flush();
  expect(sizes(bodies)).toEqual([512, 512, 512, 512]);
  expect(exporter.sent).toBe(2048);
});

describe("a collector that", () => {
  test("takes only some of them has refused the rest", async () => {
    const { url } = collector(() => Response.json({ partialSuccess: { rejectedSpans: "2", errorMessage: "no" } }));
    const exporter = exporterTo(url);
    exporter.offer(spans(5));
    await exporter.flush();
    expect([exporter.sent, exporter.dropped]).toEqual([3, 2]);
  });

  test("refuses them for what they are gets them once", async () => {
    const complaints: Error[] = [];
    const { url, bodies } = collector(() => new Response("no", { status: 400 }));
    const exporter = exporterTo(url, complaints);
    exporter.offer(spans(5));
    await exporter.flush();
    expect([bodies.length, exporter.sent, exporter.dropped]).toEqual([1, 0, 5]);
    expect(complaints.map(({ message }) => message)).toEqual([`the collector at ${url} answered with status 400`]);
  });

  test("leads elsewhere is not followed", async () => {
    const other = collector();
    const { url } = collector(() => Response.redirect(other.url, 307));
    const exporter = exporterTo(url);
    exporter.offer(spans(1));
    await exporter.flush();
    expect([other.bodies.length, exporter.dropped]).toEqual([0, 1]);
  });

  test("is known by a secret in its address is complained of without it", async () => {
    const complaints: Error[] = [];
    const exporter = exporterTo("http://user:hush@127.0.0.1:1/v1/traces?token=hush", complaints);
    exporter.offer(spans(1));
    await exporter.flush();
    expect(complaints.map(({ message }) => message)).toEqual([
      "the collector at http://127.0.0.1:1/v1/traces cannot be reached",
    ]);
  });

  test("is not there costs what waits, at the end, and one complaint", async () => {
    const complaints: Error[] = [];
    const exporter = exporterTo("http://127.0.0.1:1/v1/traces", complaints);
    exporter.offer(spans(600));
    await exporter.flush();
    expect([exporter.sent, exporter.dropped, exporter.waiting]).toEqual([0, 600, 0]);
    expect(complaints).toHaveLength(1);
    // What comes later is tried all the same.
    exporter.offer(spans(2));
    await exporter.flush();
    expect(exporter.dropped).toBe(602);
  });

  test("is overloaded gets the same batch again, alone, while others wait", async () => {
    const again = Promise.withResolvers<void>();
    const { url, bodies } = collector(
      () => new Response("busy", { status: 503 }),
      () => {
        again.resolve();
        return Response.json({});
      },
    );
    const exporter = exporterTo(url);
    exporter.offer(spans(512));
    await again.promise;
    expect(sizes(bodies)).toEqual([512, 512]);
    await exporter.flush();
    expect([exporter.sent, exporter.dropped]).toEqual([512, 0]);
  });
});

test("nothing is sent after it was closed", async () => {
  const { url, bodies } = collector();
  const exporter = exporterTo(url);
  exporter.offer(spans(3));
  exporter.close();
  exporter.offer(spans(2));
  await exporter.flush();
  expect([bodies.length, exporter.dropped, exporter.waiting]).toEqual([0, 5, 0]);
});
