import type { EventStream } from "../answer.ts";
import { type JsonObject, numberOf } from "../json.ts";
import type { Call } from "../speech.ts";
import { pieces } from "../tokens.ts";
import { type Choice, type Completion, finishWord, probability } from "./chat-whole.ts";

/** Random letters that hide the length of what is said. */
const OBFUSCATION = [
  "jP9abrn9XF3",
  "8RXlE4Z5NT",
  "CNtv",
  "TomlO",
  "4Gko",
  "",
  "ycZPAQvd2k",
  "RFLL",
  "Hv",
  "l7qKs0",
  "x",
].map((letters) => `,"obfuscation":"${letters}"}\n\n`);

/** A chat completion in frames, each built around the same few strings. */
export class ChatStream implements EventStream {
  readonly opening: string;
  readonly unfinished: string;
  private readonly completion: Completion;
  private readonly start: string;
  /** Several calls and no text: `usage` then stands before the choices (recordings of 2025 and 2026). */
  private readonly usageFirst: boolean;
  private readonly usage: "none" | "last" | "twice" | "every" | "early";
  private readonly hides: boolean;
  private readonly quirks: NonNullable<Completion["scenario"]["quirk"]>;
  private frames = 0;

  constructor(completion: Completion, options: JsonObject) {
    const { id, created, model, thinks, tier, scenario } = completion;
    this.completion = completion;
    this.quirks = scenario.quirk ?? [];
    this.hides = options.include_obfuscation !== false;
    const told = options.include_usage === true && !scenario["no-usage"];
    this.usage = told ? (scenario.usage ?? "last") : "none";
    this.start =
      `data: {"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":${created},` +
      `"model":${JSON.stringify(model)},"service_tier":${JSON.stringify(tier)},` +
      `"system_fingerprint":${thinks ? "null" : '"fp_5afb40c0de"'},"choices":[`;
    const [first] = completion.choices;
    this.usageFirst =
      (this.usage === "last" || this.usage === "twice") && first?.speech.text === null && first.speech.calls.length > 1;
    this.unfinished = `${this.start}{"index":0,"delta":{"content":"`;
    this.opening = this.open();
  }

  /** Choices speak in turns, a piece each. */
  *content(): Generator<string, void> {
    const { choices } = this.completion;
    if (choices.length === 1) return yield* this.spoken(choices[0] as Choice, 0);
    let speaking = choices.map((choice, index) => this.spoken(choice, index));
    while (speaking.length > 0) {
      const still: typeof speaking = [];
      for (const speaker of speaking) {
        const next = speaker.next();
        if (next.done) continue;
        yield next.value;
        still.push(speaker);
      }
      speaking = still;
    }
  }

  private *spoken({ speech, callIds }: Choice, index: number): Generator<string, void> {
    if (this.quirks.includes("reasoning")) {
      for (const token of speech.thought ?? []) {
        yield this.frame(index, `{"reasoning_content":${JSON.stringify(token)}}`);
      }
    }
    if (speech.text !== null && !(this.quirks.includes("joined") && index === 0)) {
      const member = speech.refusal ? "refusal" : "content";
      const role = this.quirks.includes("role") ? '"role":"assistant",' : "";
      const head = `${this.start}{"index":${index},"delta":{${role}"${member}":`;
      const end = this.endOf(null);
      const { alternatives } = this.completion;
      for (const token of speech.text) {
        const tail = alternatives === null ? end : this.endOf(null, [probability(token, alternatives)]);
        yield head + JSON.stringify(token) + tail + this.last();
      }
    } else if (speech.text !== null) {
      yield this.frame(index, `{"content":${JSON.stringify(speech.text.toString())}}`, finishWord(speech.finish));
    }
    // A single call has begun with the opening.
    const begun = speech.text === null && speech.calls.length === 1 && !this.quirks.includes("whole");
    for (const [place, call] of speech.calls.entries()) {
      yield* this.called(call, callIds[place] as string, place, index, begun);
    }
  }

  private *called(call: Call, id: string, place: number, index: number, begun: boolean): Generator<string, void> {
    const at = this.quirks.includes("gaps") ? 1 + place * 2 : place;
    const where = this.quirks.includes("no-index") ? "" : `"index":${at},`;
    const late = this.quirks.includes("late-name");
    const identity = `"id":${JSON.stringify(id)},"type":"function",`;
    const name = `"name":${JSON.stringify(call.name)},`;
    if (this.quirks.includes("whole")) {
      return yield this.frame(index, callDelta(`${where}${identity}`, name, call.input));
    }
    if (!begun) yield this.frame(index, callDelta(`${where}${identity}`, late ? "" : name, ""));
    const again = this.quirks.includes("ids") ? identity : "";
    let first = true;
    for (const piece of pieces(call.input)) {
      const named = again !== "" || (late && first) ? name : "";
      yield this.frame(index, callDelta(`${where}${again}`, named, piece));
      first = false;
    }
  }

  private open(): string {
    let frames = "";
    for (const [index, { speech, callIds }] of this.completion.choices.entries()) {
      const single = speech.text === null && speech.calls.length === 1 && !this.quirks.includes("whole");
      let delta = '{"role":"assistant","content":"","refusal":null}';
      if (single) {
        const [call] = speech.calls as [Call];
        const where = this.quirks.includes("gaps")
          ? '"index":1,'
          : this.quirks.includes("no-index")
            ? ""
            : '"index":0,';
        const identity = `${where}"id":${JSON.stringify(callIds[0])},"type":"function",`;
        const name = this.quirks.includes("late-name") ? "" : `"name":${JSON.stringify(call.name)},`;
        delta = `{"role":"assistant","content":null,${callDelta(identity, name, "").slice(1, -1)},"refusal":null}`;
      } else if (speech.calls.length > 0 && speech.text === null) {
        delta = '{"role":"assistant","content":null}';
      }
      frames += this.frame(index, delta, null, []);
    }
    return this.usage === "early" ? frames + this.usageFrame() : frames;
  }

  closing(): string {
    let frames = "";
    for (const [index, { speech }] of this.completion.choices.entries()) {
      const said = this.quirks.includes("joined") && index === 0 && speech.text !== null;
      if (!said) frames += this.frame(index, "{}", finishWord(speech.finish));
    }
    if (this.usage === "last" || this.usage === "every") frames += this.usageFrame();
    if (this.usage === "twice") frames += this.usageFrame(0.5) + this.usageFrame();
    return this.quirks.includes("no-done") ? frames : `${frames}data: [DONE]\n\n`;
  }

  private frame(index: number, delta: string, finish: string | null = null, probabilities?: JsonObject[]): string {
    const choice = `{"index":${index},"delta":${delta.slice(0, -1)}${this.endOf(finish, probabilities)}`;
    if (!this.usageFirst || finish !== null) return `${this.start}${choice}${this.last()}`;
    return `${this.start.replace('"choices":[', '"usage":null,"choices":[')}${choice}${this.letters()}`;
  }

  /** From the end of the delta to the end of the choices. */
  private endOf(finish: string | null, probabilities?: JsonObject[]): string {
    const { thinks, alternatives } = this.completion;
    const told = probabilities === undefined || alternatives === null ? "null" : JSON.stringify(probabilities);
    const logprobs = told === "null" ? "null" : `{"content":${told},"refusal":null}`;
    return `}${thinks ? "" : `,"logprobs":${logprobs}`},"finish_reason":${JSON.stringify(finish)}}]`;
  }

  /** From the end of the choices to the end of the frame. */
  private last(): string {
    const letters = this.letters();
    if (this.usage === "none") return letters;
    if (this.usage !== "every") return `,"usage":null${letters}`;
    return `,"usage":${JSON.stringify(this.partOfUsage(Math.max(0, this.frames - 1)))}${letters}`;
  }

  private letters(): string {
    const letters = OBFUSCATION[this.frames++ % OBFUSCATION.length] as string;
    return this.hides ? letters : "}\n\n";
  }

  private usageFrame(share = 1): string {
    const output = Math.floor((numberOf(this.completion.usage.completion_tokens) ?? 0) * share);
    const usage = share === 1 ? this.completion.usage : this.partOfUsage(output);
    return `${this.start}],"usage":${JSON.stringify(usage)}${this.letters()}`;
  }

  /** Usage as it stands when so many tokens have been said. */
  private partOfUsage(output: number): JsonObject {
    const { usage } = this.completion;
    const input = numberOf(usage.prompt_tokens) ?? 0;
    const said = Math.min(output, numberOf(usage.completion_tokens) ?? 0);
    return { ...usage, completion_tokens: said, total_tokens: input + said };
  }
}

function callDelta(identity: string, name: string, input: string): string {
  return `{"tool_calls":[{${identity}"function":{${name}"arguments":${JSON.stringify(input)}}}]}`;
}
