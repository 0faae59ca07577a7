/** What was done, and what somebody should look into, as the admin API takes and tells them. */

/** Something that was done. */
export interface AuditEntry {
  readonly id: string;
  /** ISO 8601 */
  readonly created_at: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly detail: object | null;
}

export interface AuditPage {
  readonly object: "list";
  readonly data: readonly AuditEntry[];
  readonly has_more: boolean;
  /** For `before`, to have the next page. */
  readonly next: string | null;
}

/** Something that somebody should look into. */
export interface ListedAlarm {
  readonly id: string;
  readonly created_at: string;
  readonly kind: string;
  readonly target: string;
  readonly detail: object;
}

export interface AlarmPage {
  readonly object: "list";
  readonly data: readonly ListedAlarm[];
  readonly has_more: boolean;
  /** For `before`, to have the next page. */
  readonly next: string | null;
}
