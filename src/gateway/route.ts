import type { Ask } from "../core/ask.ts";
import { drawPlan, type Plan } from "../routing/plan.ts";
import { type Preferences, readPreferences } from "../routing/preferences.ts";
import { NEUTRAL, type Standing } from "../routing/standing.ts";
import type { Credential } from "../upstream/credentials.ts";
import type { Call } from "./call.ts";
import { choiceFor, type Snapshot } from "./gateway.ts";

/** What a request has become when it is known who shall serve it. */
export interface Route {
  /** The request, for the models that it is led to. */
  readonly ask: Ask;
  readonly preferences: Preferences;
  readonly plan: Plan<Credential>;
}

/**
 * Which way a request goes, before anything is sent. The same for one that asks for an answer and one that has its tokens counted.
 * @throws GatewayError for a request that goes nowhere
 */
export function routeOf(snapshot: Snapshot, { id, headers }: Call, ask: Ask, standing: Standing = NEUTRAL): Route {
  const preferences = readPreferences(ask, headers);
  const plan = drawPlan(choiceFor(snapshot, headers), ask, preferences, { standing, seed: id });
  return { ask, preferences, plan };
}
