/** One step of a document's format, from `to − 1` to `to`. Pure: a document in, a document out. */
export interface Migration {
  readonly to: number;
  readonly title: string;
  readonly migrate: (document: Readonly<Record<string, unknown>>) => Record<string, unknown>;
}
