import { describe, test } from "bun:test";
import { EDITIONS, mustBeParts } from "./support/ai-sdk-parts.ts";
import { decodeAnswer, decodeStream, fixtures } from "./support/wire-fixtures.ts";

/** Whatever any provider says, told to clients of the AI SDK. What the SDK makes of it is asked in `conformance/ai-sdk/`. */

const spoken = fixtures().filter(({ wire }) => wire.outbound !== undefined && wire.operation === "generate");

describe.each(EDITIONS)("in edition %s", (edition) => {
  test.each(spoken.map((one) => [`${one.wire.name}: ${one.name}`, one] as const))(
    "%s",
    (_, { wire, stream, answer }) => {
      const outbound = wire.outbound!;
      mustBeParts(stream === undefined ? decodeAnswer(outbound, answer!) : decodeStream(outbound, stream), edition);
    },
  );
});
