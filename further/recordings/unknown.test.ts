import { describe, test } from "bun:test";
import type { JsonObject } from "../../src/core/json.ts";
import {
  mustBearContent,
  mustBearEvents,
  mustBearMembers,
  mustBearMembersAsked,
  type Subject,
} from "../../test/support/unknown.ts";
import {
  answered,
  askOf,
  CONVERSE,
  choicesOf,
  EXCHANGES,
  type Exchange,
  RESPONSES,
  titled,
} from "./support/exchanges.ts";

/** What `test/unknown.test.ts` puts into fixtures, put into recorded traffic. */

const subjectOf = (one: Exchange): Subject => ({
  wire: one.wire,
  quirks: one.quirks,
  ask: askOf(one),
  ...(one.stream ? { stream: one.bytes } : { answer: JSON.parse(one.text) as JsonObject }),
});

const subjects = [...answered, ...[...RESPONSES, ...CONVERSE].filter(({ status }) => status === 200)]
  .filter((one) => choicesOf(one) === 1)
  .map((one) => [one.name, subjectOf(one)] as const);

describe("a member in every object", () => {
  test.each(subjects)("%s", (_, subject) => mustBearMembers(subject));
});

describe("an event between all others", () => {
  test.each(subjects.filter(([, { stream }]) => stream !== undefined))("%s", (_, subject) => mustBearEvents(subject));
});

describe("a piece of content behind all others", () => {
  test.each(subjects)("%s", (_, subject) => mustBearContent(subject));
});

/** What the doors refuse as it is, `requests-again.test.ts` counts. */
const isTaken = ({ wire, request }: Exchange): boolean => {
  try {
    wire.inbound!.read(structuredClone(request!));
    return true;
  } catch {
    return false;
  }
};

describe("a member in every object of a request", () => {
  const asked = [...EXCHANGES, ...RESPONSES].filter(
    (one) => one.wire.inbound?.transcode !== undefined && one.request?.model !== undefined && isTaken(one),
  );
  test.each(titled(asked))("%s", (_, { wire, request }) => mustBearMembersAsked(wire, request!));
});
