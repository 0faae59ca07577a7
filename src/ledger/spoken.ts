import { isObject, type JsonObject, type JsonValue, parseJson } from "../core/json.ts";
import { redactPieces } from "../core/redact.ts";

/** A text within a frame. */
interface Leaf {
  readonly within: JsonObject | JsonValue[];
  readonly at: string;
  readonly text: string;
  readonly line: number;
}

/** Tell apart what is said side by side; of a whole frame its type does so as well. */
const PLACES = ["index", "output_index", "content_index", "summary_index"];

/**
 * What was sent as server-sent events, without what looks like a secret once its pieces are put together: a model says one in several.
 * The last frame is left out where it was cut, since nobody knows what it goes on with.
 * @returns the text itself where it has no events
 */
export function redactFrames(text: string): string {
  if (!/^data: ?\{/m.test(text)) return text;
  const lines = text.split("\n");
  const frames = lines.map(frameOf);
  const last = lines.length - 1;
  if (frames[last] === undefined && /^data: ?\{/.test(lines[last]!)) lines[last] = "";
  const said = new Map<string, Leaf[]>();
  for (const [line, frame] of frames.entries()) if (frame !== undefined) collect(frame, line, `${frame.type}`, said);
  const changed = new Set<number>();
  for (const leaves of said.values()) {
    // Names of the whole stand in every frame alike.
    if (leaves.every((leaf) => leaf.text === leaves[0]!.text)) continue;
    for (const [i, kept] of redactPieces(leaves.map((leaf) => leaf.text)).entries()) {
      const { within, at, text: piece, line } = leaves[i]!;
      if (kept === piece) continue;
      (within as JsonObject)[at] = kept;
      changed.add(line);
    }
  }
  for (const line of changed) lines[line] = `data: ${JSON.stringify(frames[line])}`;
  return lines.join("\n");
}

function frameOf(line: string): JsonObject | undefined {
  if (!line.startsWith("data:")) return undefined;
  const frame = parseJson(line.slice("data:".length));
  return isObject(frame) ? frame : undefined;
}

function collect(value: JsonObject | JsonValue[], line: number, path: string, said: Map<string, Leaf[]>): void {
  const which = isObject(value) ? PLACES.map((name) => value[name]).join("|") : "";
  for (const [name, member] of Object.entries(value)) {
    const place = `${path}/${which}/${name}`;
    if (typeof member === "string") {
      const leaf = { within: value, at: name, text: member, line };
      const known = said.get(place);
      if (known === undefined) said.set(place, [leaf]);
      else known.push(leaf);
    } else if (Array.isArray(member) || isObject(member)) collect(member, line, place, said);
  }
}
