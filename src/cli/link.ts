import { loadConfig } from "../config/load.ts";
import { jsonObject } from "../core/json.ts";
import { ADMIN_OPTIONS, asked, authority } from "./admin-command.ts";
import { type Command, readOptions } from "./usage.ts";

const OPTIONS = {
  ...ADMIN_OPTIONS,
  role: { type: "string", value: "word", means: "admin or viewer, who sees and changes nothing. Default admin." },
  name: { type: "string", value: "text", means: "Who it is for." },
} as const;

export const link: Command = {
  means: "Make a link that signs in to the dashboard of the gateway that runs, once, within a quarter of an hour.",
  options: OPTIONS,
  async run(args) {
    const told = readOptions(args, OPTIONS);
    const { role, name, config: file, host, port } = told;
    const body = jsonObject({ role, name });
    const made = await asked(told, { method: "POST", path: "/admin/sign-in-links", body });
    const { config } = loadConfig({ config: file, host, port }, process.env);
    const url = config.dashboard.url ?? told.url ?? `http://${authority(config)}`;
    const shown = `${url.replace(/(?<!\/)\/+$/, "")}${made.path}`;
    process.stdout.write(told.json === true ? `${JSON.stringify({ ...made, url: shown }, null, 2)}\n` : `${shown}\n`);
    return 0;
  },
};
