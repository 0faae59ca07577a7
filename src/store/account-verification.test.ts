import { accountsAreCompared } from "./fixtures/account-verification.ts";
import { SQLITE } from "./fixtures/engine.ts";

accountsAreCompared(SQLITE);
