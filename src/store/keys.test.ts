import { SQLITE } from "./fixtures/engine.ts";
import { keysHold } from "./fixtures/keys.ts";

keysHold(SQLITE);
