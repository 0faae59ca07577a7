import { correctionsHold } from "./fixtures/corrections.ts";
import { SQLITE } from "./fixtures/engine.ts";

correctionsHold(SQLITE);
