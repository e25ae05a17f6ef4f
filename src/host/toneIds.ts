/** The tones that the manifest has a command for: those of the shipped pack, in its order. */
export const toneIds = [
  "neutral",
  "expert",
  "empathetic",
  "cautious",
  "casual",
  "concise",
  "helpful",
] as const;
