/** Where something stands, and the day (UTC) on which it was read there. */
export interface Source {
  readonly url: string;
  readonly read: string;
}

/** What a provider tells everybody of the data that it is sent. Absent is no. */
export interface Terms {
  readonly zeroDataRetention?: Source;
  readonly noTraining?: Source;
}

/**
 * Of the accounts that an API key or a service account leads to. What is only to be had on request, or by a setting of the
 * account, is the operator's to say: nobody listed keeps nothing without that.
 */
export const TERMS: Readonly<Record<string, Terms>> = {
  anthropic: { noTraining: { url: "https://code.claude.com/docs/en/data-usage", read: "2026-11-25" } },
  openai: { noTraining: { url: "https://developers.openai.com/api/docs/guides/your-data", read: "2026-11-25" } },
  vertex: {
    noTraining: {
      url: "https://docs.cloud.google.com/gemini-enterprise-agent-platform/resources/zero-data-retention",
      read: "2026-11-25",
    },
  },
};
