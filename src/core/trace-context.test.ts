import { describe, expect, test } from "bun:test";
import { generationId } from "./id.ts";
import { newSpanId, readTrace, traceIdOf, traceparent } from "./trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const read = (written: string, tracestate?: string) =>
  readTrace(new Headers({ traceparent: written, ...(tracestate === undefined ? {} : { tracestate }) }));

describe("a trace that the client has begun", () => {
  test("is read, with what others have added", () => {
    expect(read(`00-${TRACE}-${SPAN}-01`, "rojo=1,congo=t61rcWkgMzE")).toEqual({
      traceId: TRACE,
      parentId: SPAN,
      sampled: true,
      state: "rojo=1,congo=t61rcWkgMzE",
    });
  });

  test.each([
    ["01", true],
    ["00", false],
    ["02", false],
    ["03", true],
  ])("says with the last bit of its flags whether it is kept: %s", (flags, sampled) => {
    expect(read(`00-${TRACE}-${SPAN}-${flags}`)!.sampled).toBe(sampled);
  });

  test("of a later version may say more at its end", () => {
    expect(read(`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`)!.traceId).toBe(TRACE);
  });

  test("is taken without what is too long or no text", () => {
    expect(read(`00-${TRACE}-${SPAN}-01`, "a=".padEnd(513, "x"))!.state).toBeUndefined();
    expect(read(`00-${TRACE}-${SPAN}-01`, "a=\u00e9")!.state).toBeUndefined();
  });
});

describe("what is none", () => {
  test.each([
    ["nothing", ""],
    ["zeros for the trace", `00-${"0".repeat(32)}-${SPAN}-01`],
    ["zeros for the span", `00-${TRACE}-${"0".repeat(16)}-01`],
    ["capitals", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ["too short a trace", `00-${TRACE.slice(1)}-${SPAN}-01`],
    ["version ff", `ff-${TRACE}-${SPAN}-01`],
    ["more than version 00 has", `00-${TRACE}-${SPAN}-01-x`],
    ["two of them, joined", `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
  ])("%s", (_, written) => {
    expect(read(written)).toBeUndefined();
  });

  test("a header that is not there", () => expect(readTrace(new Headers())).toBeUndefined());
});

test("what is told to others is read as it was meant", () => {
  const spanId = newSpanId();
  expect(read(traceparent(TRACE, spanId, true))).toEqual({
    traceId: TRACE,
    parentId: spanId,
    sampled: true,
    state: undefined,
  });
  expect(read(traceparent(TRACE, spanId, false))!.sampled).toBe(false);
});

test("a generation's id is a trace as well: its 128 bits", () => {
  expect(traceIdOf("gen_01ARZ3NDEKTSV4RRFFQ69G5FAV")).toBe("01563e3ab5d3d6764c61efb99302bd5b");
  const ids = Array.from({ length: 100 }, (_, i) => generationId(1_764_000_000_000 + i));
  const traces = ids.map(traceIdOf);
  expect(new Set(traces).size).toBe(100);
  for (const trace of traces) expect(read(traceparent(trace, SPAN, true))!.traceId).toBe(trace);
  // The first 48 bits are the millisecond.
  expect(Number.parseInt(traces[7]!.slice(0, 12), 16)).toBe(1_764_000_000_007);
});
