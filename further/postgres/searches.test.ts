import { afterAll, beforeAll } from "bun:test";
import { openPostgres } from "../../src/store/postgres.ts";
import { searchesHold } from "../../test/support/searches.ts";
import { Postgres } from "./server.ts";

const postgres = new Postgres();
beforeAll(() => postgres.start());
afterAll(() => postgres.remove());

searchesHold(async () => openPostgres(await postgres.database()));
