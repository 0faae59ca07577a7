/** What a stream said, put together from its frames. */
export interface Spoken {
  readonly text: string;
  readonly reasoning: string;
  /** Names of tools that it called, and what it gave them. */
  readonly calls: readonly { readonly name: string; readonly given: string }[];
}

type Members = Readonly<Record<string, unknown>>;

/** @returns `undefined` for what is no stream of a format that is known here */
export function spokenIn(stream: string): Spoken | undefined {
  let text = "";
  let reasoning = "";
  let isKnown = false;
  const calls = new Map<unknown, { name: string; given: string }>();
  const call = (at: unknown, name: unknown, given: unknown) => {
    const one = calls.get(at) ?? { name: "", given: "" };
    calls.set(at, { name: one.name + textOf(name), given: one.given + textOf(given) });
  };
  for (const frame of framesOf(stream)) {
    const [choice] = listOf(frame.choices);
    if (choice !== undefined) {
      isKnown = true;
      const delta = membersOf(choice.delta);
      text += textOf(delta.content);
      reasoning += textOf(delta.reasoning) || textOf(delta.reasoning_content);
      for (const one of listOf(delta.tool_calls)) {
        const { name, arguments: given } = membersOf(one.function);
        call(one.index, name, given);
      }
    } else if (frame.type === "content_block_start") {
      isKnown = true;
      const { type, name } = membersOf(frame.content_block);
      if (type === "tool_use") call(frame.index, name, "");
    } else if (frame.type === "content_block_delta") {
      const delta = membersOf(frame.delta);
      text += textOf(delta.text);
      reasoning += textOf(delta.thinking);
      if (delta.type === "input_json_delta") call(frame.index, "", delta.partial_json);
    } else if (frame.type === "response.output_text.delta") {
      isKnown = true;
      text += textOf(frame.delta);
    } else if (frame.type === "response.reasoning_summary_text.delta") reasoning += textOf(frame.delta);
    else if (frame.type === "response.output_item.done") {
      const { type, name, arguments: given } = membersOf(frame.item);
      if (type === "function_call") call(frame.output_index, name, given);
    }
  }
  return isKnown ? { text, reasoning, calls: [...calls.values()] } : undefined;
}

/** The last one may have been cut. */
function* framesOf(stream: string): Iterable<Members> {
  for (const [, data] of stream.matchAll(/^data: ?(\{.*)$/gm)) {
    try {
      yield membersOf(JSON.parse(data!));
    } catch {
      return;
    }
  }
}

function membersOf(value: unknown): Members {
  return typeof value === "object" && value !== null ? (value as Members) : {};
}

function listOf(value: unknown): Members[] {
  return Array.isArray(value) ? value.map(membersOf) : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
