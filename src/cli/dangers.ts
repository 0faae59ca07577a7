/**
 * Settings of the environment that would print credentials or accept any certificate. The launcher refuses them as well
 * (`bin/bun.mjs`), and stands before the runtime; before a compiled program nothing does.
 * @throws Error
 */
export function refuseDangers(env: Readonly<Record<string, string | undefined>>): void {
  const told = env.BUN_CONFIG_VERBOSE_FETCH;
  if (told && told !== "0" && told !== "false")
    throw new Error("BUN_CONFIG_VERBOSE_FETCH would print credentials. Unset it.");
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === "0")
    throw new Error(
      "NODE_TLS_REJECT_UNAUTHORIZED=0 would show credentials to anyone. Unset it; NODE_EXTRA_CA_CERTS adds an authority of your own.",
    );
}
