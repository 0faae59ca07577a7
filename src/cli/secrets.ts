import { KeyRing } from "../access/keys.ts";
import { type Environment, loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { enteredAccounts } from "../gateway/entered-account.ts";
import { ownSecrets } from "../gateway/own-secrets.ts";
import { type Resealed, reseal } from "../gateway/reseal.ts";
import { compileSnapshot } from "../gateway/snapshot.ts";
import { ConfigError, operatorLog } from "../index.ts";
import { CredentialStore } from "../store/credentials.ts";
import { openDatabase } from "../store/open.ts";
import { SettingStore } from "../store/settings.ts";
import { CONFIG_OPTIONS } from "./options.ts";
import { type Command, readOptions, UsageError } from "./usage.ts";

const { config, data } = CONFIG_OPTIONS;
const OPTIONS = { config, data };

export const secrets: Command = {
  means: "secrets reseal: seal everything under HEADGATE_SECRET that is still under HEADGATE_SECRET_PREVIOUS.",
  options: OPTIONS,
  async run([action, ...args]) {
    if (action !== "reseal") throw new UsageError("secrets wants to know what to do: headgate secrets reseal");
    const loaded = loadConfig(readOptions(args, OPTIONS), process.env);
    const { count, left } = await resealSecrets(loaded.config, process.env);
    process.stdout.write(`Sealed anew: ${count}. HEADGATE_SECRET_PREVIOUS is needed no more.\n`);
    for (const name of left) process.stdout.write(`  ${name} cannot be opened: enter its secret again.\n`);
    return left.length === 0 ? 0 : 1;
  },
};

/**
 * Seals what lies in the database under the secret of now, where it is still under the one before. What is done is in the audit log.
 * @throws Error where neither is the one of this database, or a gateway runs in the same folder
 */
export async function resealSecrets(config: Config, env: Environment): Promise<Resealed> {
  const { secret, previous } = ownSecrets(config, env);
  if (secret === undefined || previous === undefined)
    throw new ConfigError(["secret_previous: tell both HEADGATE_SECRET and HEADGATE_SECRET_PREVIOUS"]);
  const { places } = compileSnapshot({ config, env, keys: new KeyRing("", new Map()), simulator: undefined });
  const database = await openDatabase(config);
  try {
    return await reseal({
      credentials: new CredentialStore(database),
      settings: new SettingStore(database),
      accounts: enteredAccounts(config, env, places.providers),
      said: operatorLog(database),
      secret,
      previous,
    });
  } finally {
    await database.close();
  }
}
