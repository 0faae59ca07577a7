import { isObject, type Json, type JsonObject, overlay, without } from "./json.ts";
import type { Scenario } from "./scenario.ts";

/** Turns frames into what a scenario wants on the wire instead of them. */
export type Framing = (frames: string) => string;

/** The changes a scenario makes to every frame; `null` where it makes none. */
export function framingOf(scenario: Scenario): Framing | null {
  const steps: Framing[] = [];
  if (scenario.patch !== undefined || scenario.omit !== undefined) {
    steps.push((frames) => frames.replace(DATA, (line, json: string) => changedLine(line, json, scenario)));
  }
  for (const dialect of scenario.framing ?? []) steps.push(DIALECTS[dialect]());
  if (steps.length === 0) return null;
  return (frames) => steps.reduce((text, step) => step(text), frames);
}

/** A whole answer with what the scenario changes in it. */
export function changed(body: string, scenario: Scenario): string {
  if (scenario.patch === undefined && scenario.omit === undefined) return body;
  let value = JSON.parse(body) as Json;
  if (scenario.patch !== undefined) value = overlay(value, scenario.patch as Json);
  for (const path of scenario.omit ?? []) if (isObject(value)) value = without(value, path);
  return JSON.stringify(value);
}

const DATA = /^data: (\{.*\}) *$/gm;

/** Members that a frame does not have are not put into it. */
function changedLine(line: string, json: string, scenario: Scenario): string {
  const frame = JSON.parse(json) as JsonObject;
  const patch = isObject(scenario.patch) ? scenario.patch : {};
  const present = Object.fromEntries(Object.entries(patch).filter(([name]) => (frame[name] ?? null) !== null));
  const after = changed(json, { ...scenario, patch: present });
  return after === json ? line : `data: ${after}`;
}

/** Dialects of server-sent events, all of them legal but the last two. Some have a memory, so each stream gets its own. */
const DIALECTS: Record<NonNullable<Scenario["framing"]>[number], () => Framing> = {
  crlf: () => (frames) => frames.replaceAll("\n", "\r\n"),
  cr: () => (frames) => frames.replaceAll("\n", "\r"),
  tight: () => (frames) => frames.replace(/^(data|event): /gm, "$1:"),
  comments: () => (frames) => `: simulated\nretry: 3000\nid: 1\n${frames}`,
  split: () => (frames) => frames.replace(/^(data: \{"[a-z_]+":"[^",]*",)/gm, "$1\ndata: "),
  bom: () => {
    let begun = false;
    return (frames) => {
      const mark = begun ? "" : "\ufeff";
      begun = true;
      return mark + frames;
    };
  },
  glued: () => {
    let held = "";
    return (frames) => {
      // Two frames of one line each: what one begins, the next one ends.
      const single = /^data: \{.*\}\n\n$/.test(frames);
      if (single && held === "") {
        held = frames.trimEnd();
        return "";
      }
      const glued = single ? held + frames.slice("data: ".length) : held === "" ? frames : `${held}\n\n${frames}`;
      held = "";
      return glued;
    };
  },
  "after-end": () => (frames) =>
    /data: \[DONE\]|event: message_stop/.test(frames) ? `${frames}data: {"late":true}\n\ndata: and more\n\n` : frames,
};
