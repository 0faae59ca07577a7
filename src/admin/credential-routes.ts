import type { JsonObject } from "../core/json.ts";
import type { Trial } from "../gateway/trial.ts";
import { audit } from "./audit.ts";
import type { CredentialTrial, ServedModels } from "./contract.ts";
import type { Route } from "./routes.ts";
import { type Told, WHOLE } from "./told.ts";

const LIST = "/admin/providers/{provider}/credentials";
const ONE = `${LIST}/{id}`;

/** Providers, and the credentials by which they are asked. */
export const CREDENTIAL_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/admin/providers",
    role: "viewer",
    takesBody: false,
    answer: ({ admin }) => ok({ object: "list", data: admin.credentials.providers(), ...WHOLE }),
  },
  {
    method: "GET",
    path: "/admin/providers/{id}",
    role: "viewer",
    takesBody: false,
    answer: ({ admin, id }) => ok(admin.credentials.provider(id)),
  },
  {
    method: "GET",
    path: LIST,
    role: "viewer",
    takesBody: false,
    answer: ({ admin, params }) => ok({ object: "list", data: admin.credentials.list(params.provider!), ...WHOLE }),
  },
  {
    method: "POST",
    path: LIST,
    role: "admin",
    takesBody: true,
    async answer(call) {
      const { admin, params, body, atMs, log } = call;
      const made = await admin.credentials.create(params.provider!, body, atMs, log);
      return { status: 201, body: told(made) };
    },
  },
  {
    method: "GET",
    path: ONE,
    role: "viewer",
    takesBody: false,
    answer: ({ admin, params, id }) => ok(admin.credentials.find(params.provider!, id)),
  },
  {
    method: "PATCH",
    path: ONE,
    role: "admin",
    takesBody: true,
    answer: async ({ admin, params, id, body, atMs, log }) =>
      ok(await admin.credentials.adjust(params.provider!, id, body, atMs, log)),
  },
  {
    method: "DELETE",
    path: ONE,
    role: "admin",
    takesBody: false,
    async answer(call) {
      const { admin, params, id, log } = call;
      await admin.credentials.remove(params.provider!, id, log);
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
      audit(call, "credential.test", `${params.provider}/${id}`, { ok: trial.ok, model: trial.model });
      return ok(trialTold(trial));
    },
  },
  {
    method: "POST",
    path: `${ONE}/models`,
    harmless: true,
    role: "admin",
    takesBody: false,
    async answer(call) {
      const { admin, params, id } = call;
      const served = await admin.credentials.modelsAt(params.provider!, id);
      audit(call, "credential.look", `${params.provider}/${id}`, { models: served.length });
      return ok(ownModels(served));
    },
  },
];

function ownModels(data: readonly string[]): ServedModels {
  return { object: "list", data: data.map((id) => ({ id })), ...WHOLE };
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
