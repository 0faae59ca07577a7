import type { JsonObject } from "../core/json.ts";
import type { Trial } from "../gateway/trial.ts";
import { audit } from "./audit.ts";
import type { CredentialTrial } from "./contract.ts";
import type { AdminCall, Route } from "./routes.ts";
import type { Told } from "./told.ts";

const LIST = "/admin/providers/{provider}/credentials";
const ONE = `${LIST}/{id}`;

/** Providers, and the credentials by which they are asked. */
export const CREDENTIAL_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/admin/providers",
    role: "admin",
    takesBody: false,
    answer: ({ admin }) => ok({ object: "list", data: admin.credentials.providers() }),
  },
  {
    method: "GET",
    path: "/admin/providers/{id}",
    role: "admin",
    takesBody: false,
    answer: ({ admin, id }) => ok(admin.credentials.provider(id)),
  },
  {
    method: "GET",
    path: LIST,
    role: "admin",
    takesBody: false,
    answer: ({ admin, params }) => ok({ object: "list", data: admin.credentials.list(params.provider!) }),
  },
  {
    method: "POST",
    path: LIST,
    role: "admin",
    takesBody: true,
    async answer(call) {
      const { admin, params, body, atMs } = call;
      const made = await admin.credentials.create(params.provider!, body, atMs);
      audit(call, "credential.create", target(call, made.name), { after: told(made) });
      return { status: 201, body: told(made) };
    },
  },
  {
    method: "GET",
    path: ONE,
    role: "admin",
    takesBody: false,
    answer: ({ admin, params, id }) => ok(admin.credentials.find(params.provider!, id)),
  },
  {
    method: "PATCH",
    path: ONE,
    role: "admin",
    takesBody: true,
    async answer(call) {
      const { admin, params, id, body, atMs } = call;
      const before = admin.credentials.find(params.provider!, id);
      const after = await admin.credentials.adjust(params.provider!, id, body, atMs);
      const changed = Object.keys(body).slice(0, 20);
      audit(call, "credential.change", target(call, id), { changed, before: told(before), after: told(after) });
      return ok(after);
    },
  },
  {
    method: "DELETE",
    path: ONE,
    role: "admin",
    takesBody: false,
    async answer(call) {
      const { admin, params, id } = call;
      const before = await admin.credentials.remove(params.provider!, id);
      audit(call, "credential.remove", target(call, id), { before: told(before) });
      return ok({ provider: params.provider!, name: id, deleted: true });
    },
  },
  {
    method: "POST",
    path: `${ONE}/test`,
    harmless: true,
    role: "admin",
    takesBody: false,
    async answer(call) {
      const { admin, params, id, query } = call;
      const trial = await admin.credentials.tryOut(params.provider!, id, query.get("model") ?? undefined);
      audit(call, "credential.test", target(call, id), { ok: trial.ok, model: trial.model });
      return ok(trialTold(trial));
    },
  },
];

function target({ params }: AdminCall, name: string): string {
  return `${params.provider}/${name}`;
}

function trialTold({ ok, model, status, ms, error }: Trial): CredentialTrial {
  return {
    ok,
    model,
    status: status ?? null,
    duration_ms: ms,
    error: error === undefined ? null : { code: error.code, message: error.message },
  };
}

/** As JSON has it. */
function told(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}

function ok(body: object): Told {
  return { status: 200, body: told(body) };
}
