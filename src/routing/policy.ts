/** What must hold of whoever is sent data. */
export interface Policy {
  /** Nobody who keeps anything of it. */
  readonly zeroDataRetention: boolean;
  /** Nobody who trains on it. */
  readonly noTraining: boolean;
  /** Nobody who has not agreed to what HIPAA asks of business associates. */
  readonly hipaa?: boolean | undefined;
  /** Whose policy it is; absent: the gateway's. */
  readonly of?: "key";
}

/** Where nothing is demanded. */
export const NO_POLICY: Policy = { zeroDataRetention: false, noTraining: false };

/** What is known of whom a credential leads to: what the operator has in contract, or what the provider tells everybody. */
export interface Promises {
  readonly provider: string;
  readonly zeroDataRetention: boolean;
  readonly noTraining: boolean;
  readonly hipaa?: boolean;
  readonly kind?: "system" | "byok";
}

/** Who demands what: the request, and those above it, whom it cannot overrule. */
export interface Demands {
  readonly request: Policy;
  /** Of the whole gateway, of a key. */
  readonly above: readonly Policy[];
}

/**
 * Why a credential may not be used, or `undefined`. What nobody stated does not hold. A client's own account is the client's
 * contract: that it is not trained on, the client need not be told; whoever runs the gateway has not read that contract.
 */
export function breach(credential: Promises, { request, above }: Demands): string | undefined {
  const { provider, kind, zeroDataRetention } = credential;
  const demandsHipaa = above.find((policy) => policy.hipaa === true);
  if (credential.hipaa !== true && (demandsHipaa !== undefined || request.hipaa === true))
    return `no agreement under HIPAA${demanded(demandsHipaa)} ${remedy(credential, `${settingsOf(provider)}.hipaa: true`)}`;
  const noTraining = credential.noTraining || zeroDataRetention;
  const demandsRetention = above.find((policy) => policy.zeroDataRetention);
  if (!zeroDataRetention && (demandsRetention !== undefined || request.zeroDataRetention))
    return `no zero data retention${demanded(demandsRetention)} ${remedy(credential, `${settingsOf(provider)}.zero_data_retention: true`)}`;
  const demandsNoTraining = above.find((policy) => policy.noTraining);
  if (!noTraining && (demandsNoTraining !== undefined || (request.noTraining && kind !== "byok")))
    return `may train on prompts${demanded(demandsNoTraining)} ${remedy(credential, `${settingsOf(provider)}.no_training: true`)}`;
  return undefined;
}

/** Where the configuration speaks of a provider: a virtual model that stands for an address is its own. */
export function settingsOf(provider: string): string {
  return provider.includes("/") ? `virtual_models.${provider}.relay` : `providers.${provider}`;
}

function demanded(above: Policy | undefined): string {
  if (above === undefined) return "";
  return above.of === "key" ? ", as this key demands" : ", as the gateway's policy demands";
}

function remedy({ kind }: Promises, line: string): string {
  return kind === "byok" ? "(nothing is known of the request's own account)" : `(if your contract has it: ${line})`;
}
