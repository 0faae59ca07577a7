import { credentialsHold } from "./fixtures/credentials.ts";
import { SQLITE } from "./fixtures/engine.ts";

credentialsHold(SQLITE);
