import { SQLITE } from "./fixtures/engine.ts";
import { sessionsHold } from "./fixtures/sessions.ts";

sessionsHold(SQLITE);
