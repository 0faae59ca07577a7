import { SQLITE } from "./fixtures/engine.ts";
import { totalsHold } from "./fixtures/totals.ts";

totalsHold(SQLITE, 60);
