import { auditHold } from "./fixtures/audit.ts";
import { SQLITE } from "./fixtures/engine.ts";

auditHold(SQLITE);
