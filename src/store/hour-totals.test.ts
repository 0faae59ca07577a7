import { SQLITE } from "./fixtures/engine.ts";
import { totalsHold } from "./fixtures/hour-totals.ts";

totalsHold(SQLITE, 60);
