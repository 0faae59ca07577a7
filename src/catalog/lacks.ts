import written from "./lacks.generated.json" with { type: "json" };
import type { Ability } from "./model.ts";

/**
 * What models are known not to do, by id: only what several sources say in so many words. That an ability is not among those
 * of a model means less: nobody may have told. Written by `scripts/lacks.ts`.
 */
export const LACKS: Readonly<Record<string, readonly Ability[]>> = written.lacks as Record<string, Ability[]>;
