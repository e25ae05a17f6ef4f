import type { ErrorReason } from "../shared/errors";

/** The engine process as people see it. */
export type EngineState =
  | { readonly kind: "asleep" }
  | { readonly kind: "loading" }
  | { readonly kind: "ready" }
  | { readonly kind: "writing"; readonly tokensPerSecond: number }
  | { readonly kind: "failed"; readonly reason: ErrorReason; readonly message: string };
