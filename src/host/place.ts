import type { TextFormat } from "../shared/textFormat";

/** One stretch of a document that is rewritten as a whole. */
export interface Place {
  /** In UTF-16 units from the document's start. */
  readonly offset: number;
  readonly text: string;
  readonly format: TextFormat;
  /** Makes a rewrite fit its surroundings (quotes in a string); undefined if it cannot. */
  readonly fit?: (text: string) => string | undefined;
}
