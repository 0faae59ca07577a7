import { SQLITE } from "./fixtures/engine.ts";
import { sumsHold } from "./fixtures/verification.ts";

sumsHold(SQLITE, 60);
