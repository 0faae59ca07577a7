import { describe, test } from "bun:test";
import { mustBearContent, mustBearEvents, mustBearMembers, type Subject } from "./support/unknown.ts";
import { fixtures } from "./support/wire-fixtures.ts";

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
