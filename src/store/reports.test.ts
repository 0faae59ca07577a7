import { SQLITE } from "./fixtures/engine.ts";
import { pagesHold } from "./fixtures/pages.ts";

pagesHold(SQLITE);
