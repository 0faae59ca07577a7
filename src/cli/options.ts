import type { Flags } from "../config/load.ts";

/** Options of every command that reads the configuration. */
export const CONFIG_OPTIONS = {
  config: {
    type: "string",
    value: "file",
    means: "Configuration. HEADGATE_CONFIG; default headgate.yaml if it exists.",
  },
  host: { type: "string", value: "address", means: "Address to listen on. HEADGATE_HOST; default 127.0.0.1." },
  port: { type: "string", value: "number", means: "Port to listen on. HEADGATE_PORT; default 8787." },
  data: { type: "string", value: "folder", means: "Where the database lies. HEADGATE_DATA; default ./data." },
  workers: {
    type: "string",
    value: "number",
    means: "Processes, with PostgreSQL. HEADGATE_WORKERS; default 1.",
  },
  simulate: { type: "boolean", means: "Answer from the built-in simulator whatever credentials there are." },
} as const satisfies Record<keyof Omit<Flags, never>, { type: "string" | "boolean"; value?: string; means: string }>;
