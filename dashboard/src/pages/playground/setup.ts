import type { SearchMembers } from "../../ui/search.ts";
import { FAULTS, type Fault, type FaultName } from "./faults.ts";

/** Side by side no more can be read. */
export const MOST_MODELS = 4;
/** Longer options stay out of the address. */
const LONGEST_OPTIONS = 1500;

export const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;

/** What is asked of all models alike; texts are empty where nothing is asked. */
export interface Setup {
  readonly models: readonly string[];
  readonly maxTokens: string;
  readonly temperature: string;
  readonly effort: string;
  readonly streams: boolean;
  /** Of `providerOptions.gateway`. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly faults: readonly Fault[];
}

/** As it stands in the address. What makes no sense there is as good as absent. */
export function setupOf(one: (name: string) => string | undefined, all: (name: string) => readonly string[]): Setup {
  return {
    models: [...new Set(all("model"))].filter((id) => id !== "").slice(0, MOST_MODELS),
    maxTokens: one("max_tokens") ?? "",
    temperature: one("temperature") ?? "",
    effort: EFFORTS.find((effort) => effort === one("effort")) ?? "",
    streams: one("stream") !== "false",
    options: objectIn(one("options")),
    faults: all("break").flatMap(faultIn),
  };
}

export function inAddress(setup: Setup): SearchMembers {
  const options = Object.keys(setup.options).length === 0 ? undefined : JSON.stringify(setup.options);
  return {
    model: setup.models,
    max_tokens: setup.maxTokens,
    temperature: setup.temperature,
    effort: setup.effort,
    stream: setup.streams ? undefined : "false",
    options: options !== undefined && options.length <= LONGEST_OPTIONS ? options : undefined,
    break: setup.faults.map(({ provider, name }) => `${provider}:${name}`),
  };
}

function faultIn(text: string): Fault[] {
  const [provider = "", name = ""] = text.split(":");
  return provider !== "" && Object.hasOwn(FAULTS, name) ? [{ provider, name: name as FaultName }] : [];
}

function objectIn(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
