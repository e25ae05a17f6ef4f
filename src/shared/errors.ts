/** Why something failed. A closed list: everything that crosses a wire carries one of these. */
export const errorReasons = [
  "badRequest",
  "emptyText",
  "textTooLong",
  "modelMissing",
  "modelCorrupt",
  "modelUnsupported",
  "nativeLoadFailed",
  "outOfMemory",
  "diskFailed",
  "engineCrashed",
  "engineStopped",
  "selectionChanged",
  "readOnly",
  "replaced",
  "cancelled",
  "protocol",
  "internal",
] as const;

export type ErrorReason = (typeof errorReasons)[number];

/** What an error is on a wire: structured-clone and JSON safe. */
export interface ErrorShape {
  readonly reason: ErrorReason;
  readonly message: string;
}

/**
 * The one error class of the project. `reason` is for code, `message` is for people: one sentence
 * that says what happened and what to do about it.
 */
export class TonesteerError extends Error {
  constructor(
    readonly reason: ErrorReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "TonesteerError";
  }

  static is(error: unknown, reason?: ErrorReason): error is TonesteerError {
    return error instanceof TonesteerError && (reason === undefined || error.reason === reason);
  }
}

/** The wire form of anything thrown; an unknown error becomes `internal` with its own message. */
export function toErrorShape(error: unknown): ErrorShape {
  if (error instanceof TonesteerError) return { reason: error.reason, message: error.message };
  if (error instanceof Error && error.name === "AbortError") {
    return { reason: "cancelled", message: "Cancelled." };
  }
  return { reason: "internal", message: error instanceof Error ? error.message : String(error) };
}

export function fromErrorShape(shape: ErrorShape): TonesteerError {
  return new TonesteerError(shape.reason, shape.message);
}
