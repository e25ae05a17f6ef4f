import type { PanelHostContract, PanelRequest } from "../src/shared/panelProtocol";
import type { PanelStrings } from "../src/shared/panelStrings";
import type * as v from "valibot";
import type { NumberFormat } from "./format";
import type { UiState } from "./uiState";

type Parameters<K extends PanelRequest> = v.InferOutput<PanelHostContract["requests"][K]["params"]>;

/** What every part of the page is built with. */
export interface Page {
  readonly strings: PanelStrings;
  readonly numbers: NumberFormat;
  readonly ui: UiState;
  /** Asks the host; its answer, or why it refused, is shown before this resolves. Never rejects. */
  ask<K extends PanelRequest>(name: K, params: Parameters<K>): Promise<void>;
}
