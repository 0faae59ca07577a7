import { SQLITE } from "./fixtures/engine.ts";
import { packsHold } from "./fixtures/pace-packs.ts";

packsHold(SQLITE, 60);
