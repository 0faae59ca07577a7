import { SQLITE } from "./fixtures/engine.ts";
import { idempotencyHolds } from "./fixtures/idempotency.ts";

idempotencyHolds(SQLITE);
