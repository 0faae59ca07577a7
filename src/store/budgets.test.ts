import { budgetsHold } from "./fixtures/budgets.ts";
import { SQLITE } from "./fixtures/engine.ts";

budgetsHold(SQLITE);
