import type { Answer } from "./answer.ts";
import { broken, clocksFor, type Fault } from "./faults.ts";
import type { Setup } from "./setup.ts";

/** What was said once, and what each model answered. */
export interface Turn {
  readonly id: number;
  readonly text: string;
  readonly faults: readonly Fault[];
  /** By model. */
  readonly answers: Readonly<Record<string, Answer>>;
  /** By model: who would be asked, in this order, as long as those before fail. What comes of it stands in the answer. */
  readonly plans: Readonly<Record<string, readonly string[]>>;
}

/** The body of a chat completion. */
export interface ChatBody {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly [member: string]: unknown;
}

/** What one model is sent: what it was asked and answered before, and what is said now. A turn that it did not answer is left out. */
export function bodyFor(
  model: string,
  { setup, system, turns, text }: { setup: Setup; system: string; turns: readonly Turn[]; text: string },
): ChatBody {
  const before = turns.flatMap(({ text: asked, answers }) => {
    const said = answers[model]?.text ?? "";
    return said === ""
      ? []
      : [
          { role: "user", content: asked },
          { role: "assistant", content: said },
        ];
  });
  const options = gatewayOptions(setup);
  return {
    model,
    messages: [
      ...(system.trim() === "" ? [] : [{ role: "system", content: system }]),
      ...before,
      { role: "user", content: broken(text, setup.faults) },
    ],
    ...(setup.streams ? { stream: true } : {}),
    ...(setup.maxTokens === "" ? {} : { max_tokens: numberOr(setup.maxTokens) }),
    ...(setup.temperature === "" ? {} : { temperature: numberOr(setup.temperature) }),
    ...(setup.effort === "" ? {} : { reasoning_effort: setup.effort }),
    ...(Object.keys(options).length === 0 ? {} : { providerOptions: { gateway: options } }),
  };
}

/** What was asked of routing; faults that would show in minutes run on shorter clocks. */
function gatewayOptions({ options, faults }: Setup): Readonly<Record<string, unknown>> {
  const clocks = clocksFor(faults);
  return clocks === undefined || options.clocks !== undefined ? options : { ...options, clocks };
}

/** What is no number is sent as it is: the gateway says what is wrong with it. */
function numberOr(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}
