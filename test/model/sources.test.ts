import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Engine } from "../../src/engine/engine";
import type { PassageResult, UnitResult } from "../../src/shared/engineProtocol";
import { compareKeepers } from "../../src/writing/keepers";
import { packFolder, readSources, rewriteRequest, temporaryFolder, threads } from "./packForTests";

vi.setConfig({ testTimeout: 1_800_000, hookTimeout: 600_000 });

/**
 * Steering seen to work: held-out texts, each in one tone, as a person gets them without touching a
 * setting. What is asserted holds for any pack that may be shipped; this one's figures are printed.
 */

const cache = temporaryFolder();
let engine: Engine;

beforeAll(async () => {
  const options = { onProblem: (message: string) => expect.fail(message) };
  engine = await Engine.open({ packFolder, cacheFolder: cache.path, threads }, options);
});

afterAll(async () => {
  await engine?.dispose();
  cache.remove();
});

interface Outcome {
  readonly tone: string;
  readonly passage: PassageResult;
}

it("rewrites held-out texts so that keepers survive and the reading moves as asked", async () => {
  const tones = engine.summary.tones.map(({ id }) => id).filter((id) => id !== "neutral");
  const outcomes: Outcome[] = [];
  const started = process.cpuUsage();
  let tokens = 0;
  for (const [i, { text }] of readSources().entries()) {
    const tone = tones[i % tones.length]!;
    const result = await engine.rewrite(rewriteRequest(text, { [tone]: 1 }));
    expect(result.text === text).toBe(result.passages.every(({ changed }) => !changed));
    for (const passage of result.passages) {
      expectKept(passage);
      outcomes.push({ tone, passage });
    }
    tokens += result.tokens;
  }
  const { user, system } = process.cpuUsage(started);
  console.log(
    [
      table(tones, outcomes),
      `${tokens} tokens in all rows; ${((user + system) / 1e6).toFixed(0)} s of processor time`,
    ].join("\n"),
  );
  const changed = outcomes.filter(({ passage }) => passage.changed);
  expect(changed.length).toBeGreaterThan(0);
  expect(changed.filter(moved).length / changed.length).toBeGreaterThanOrEqual(0.9);
});

function expectKept(passage: PassageResult): void {
  for (const unit of passage.units) {
    if (unit.changed) {
      expect(compareKeepers(unit.before, unit.after), unit.after).toEqual({
        lost: [],
        invented: [],
      });
      expect(unit.checks.every(({ passed }) => passed)).toBe(true);
      expect(unit.roundTrip).toBeGreaterThanOrEqual(engine.summary.calibrated.roundTripFloor);
    } else {
      expect(unit.after).toBe(unit.before);
      expect(unit.reason).not.toBeNull();
    }
  }
  expect(compareKeepers(passage.before, passage.after).lost, passage.after).toEqual([]);
}

function moved({ tone, passage: { tones } }: Outcome): boolean {
  return tones.after[tone]! > tones.before[tone]!;
}

/** A line a tone and one for all. */
function table(tones: readonly string[], outcomes: readonly Outcome[]): string {
  const lines = [
    "tone        passages  changed  units  changed  round trip  moved  reading before, after",
  ];
  for (const tone of [...tones, "all"]) {
    const own = outcomes.filter((outcome) => tone === "all" || outcome.tone === tone);
    const changed = own.filter(({ passage }) => passage.changed);
    const units = own.flatMap(({ passage }) => passage.units);
    const written = units.filter((unit) => unit.changed);
    const reading = (side: "before" | "after") =>
      mean(changed.map(({ tone, passage }) => passage.tones[side][tone]!));
    lines.push(
      [
        tone.padEnd(10),
        own.length.toString().padStart(10),
        changed.length.toString().padStart(9),
        units.length.toString().padStart(7),
        percent(written.length, units.length).padStart(9),
        mean(written.map((unit: UnitResult) => unit.roundTrip!))
          .toFixed(2)
          .padStart(12),
        percent(changed.filter(moved).length, changed.length).padStart(7),
        `${reading("before").toFixed(2)}, ${reading("after").toFixed(2)}`.padStart(13),
      ].join(""),
    );
  }
  return lines.join("\n");
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? NaN : values.reduce((a, b) => a + b, 0) / values.length;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${Math.round((100 * part) / whole)} %`;
}
