/** What the admin API takes and tells, for whoever calls it. A file for each subject. */
export type * from "./contract/attempt.ts";
export type * from "./contract/audit.ts";
export type * from "./contract/budget.ts";
export type * from "./contract/catalogue.ts";
export type * from "./contract/credential.ts";
export type * from "./contract/direction.ts";
export type * from "./contract/generation.ts";
export type * from "./contract/health.ts";
export type * from "./contract/key.ts";
export type * from "./contract/live.ts";
export type * from "./contract/preview.ts";
export type * from "./contract/session.ts";
export type * from "./contract/setting.ts";
export type * from "./contract/usage.ts";
