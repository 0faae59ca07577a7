import { describe, test } from "bun:test";
import { WRITTEN_WIRES } from "../src/wires/index.ts";
import {
  mustBearContent,
  mustBearEvents,
  mustBearMembers,
  mustBearMembersAsked,
  type Subject,
} from "./support/unknown.ts";
import { fixtures, requests } from "./support/wire-fixtures.ts";

/** Unknown things travel: put into every fixture of every wire, a member, an event or a piece of content is never an error and changes nothing else. */

const NO_QUIRKS: ReadonlySet<never> = new Set();

const subjects = fixtures()
  .filter(({ wire }) => wire.outbound !== undefined)
  .flatMap(({ wire, name, ask, stream, answer }) => [
    ...(stream === undefined
      ? []
      : [[`${wire.name}, streamed: ${name}`, { wire, ask, quirks: NO_QUIRKS, stream }] as const]),
    ...(answer === undefined
      ? []
      : [[`${wire.name}, whole: ${name}`, { wire, ask, quirks: NO_QUIRKS, answer }] as const]),
  ]) satisfies (readonly [string, Subject])[];

describe("a member in every object", () => {
  test.each(subjects)("%s", (_, subject) => mustBearMembers(subject));
});

describe("an event between all others", () => {
  test.each(subjects.filter(([, subject]) => "stream" in subject))("%s", (_, subject) => mustBearEvents(subject));
});

describe("a piece of content behind all others", () => {
  test.each(subjects)("%s", (_, subject) => mustBearContent(subject));
});

describe("a member in every object of a request", () => {
  const bodies = WRITTEN_WIRES.flatMap((door) =>
    requests(door).map(({ name, body }) => [`${door.name}: ${name}`, door, body] as const),
  );
  test.each(bodies)("%s", (_, door, body) => mustBearMembersAsked(door, body));
});
