import { diffWordsWithSpace } from "diff";

/** A run of words that both texts have, or that only one of them has. */
export interface WordRun {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
}

/** Islands of equal text shorter than this between two changes are read as part of the change. */
const shortestIsland = 5;

/**
 * The differences of two texts by words. Joining the runs without the added ones gives `before`,
 * without the removed ones `after`. A lone space or short word between two changes is taken into
 * them: one marked stretch is easier to read than a row of specks.
 */
export function wordDiff(before: string, after: string): WordRun[] {
  const runs: WordRun[] = diffWordsWithSpace(before, after).map(({ value, added, removed }) => ({
    kind: added ? "added" : removed ? "removed" : "same",
    text: value,
  }));
  return joinIslands(runs);
}

function joinIslands(runs: readonly WordRun[]): WordRun[] {
  const joined: WordRun[] = [];
  let removed = "";
  let added = "";
  const flush = () => {
    if (removed !== "") joined.push({ kind: "removed", text: removed });
    if (added !== "") joined.push({ kind: "added", text: added });
    removed = added = "";
  };
  for (const [index, { kind, text }] of runs.entries()) {
    const isInside = removed !== "" || added !== "";
    const isIsland = isInside && index < runs.length - 1 && text.length < shortestIsland;
    if (kind === "removed") removed += text;
    else if (kind === "added") added += text;
    else if (isIsland && !text.includes("\n")) {
      removed += text;
      added += text;
    } else {
      flush();
      joined.push({ kind, text });
    }
  }
  flush();
  return joined;
}
