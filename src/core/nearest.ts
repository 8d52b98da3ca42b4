// "Did you mean": the known name closest to a mistyped one, for configuration keys, flags and commands.

/** Longer names than this are cut before comparing, so that a hostile key cannot make the table quadratic. */
const maxComparedLength = 80;

/** Edit distance where swapping two neighbours costs one: `prot` is one away from `port`. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(previous[column]! + 1, current[column - 1]! + 1, previous[column - 1]! + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, beforePrevious[column - 2]! + 1);
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length]!;
}

/** Below this a last part says nothing: every `p` is close to every `ip`. */
const minLastPartLength = 3;

/** What follows the last separator: people often write `port` for `server.port`. */
function lastPart(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('.'), name.lastIndexOf('-'), name.lastIndexOf('_')) + 1);
}

/** How many edits apart two names are; a match of the last part alone is worth almost as much. */
function distance(name: string, known: string): number {
  const a = name.slice(0, maxComparedLength).toLowerCase();
  const b = known.toLowerCase();
  const whole = editDistance(a, b);
  const last = lastPart(a);
  return last.length < minLastPartLength ? whole : Math.min(whole, editDistance(last, lastPart(b)) + 1);
}

/** The end of a sentence about an unknown name; always names the closest known one (`known` must not be empty). */
export function suggestion(name: string, known: readonly string[]): string {
  let nearest = known[0]!;
  let nearestDistance = Infinity;
  for (const candidate of known) {
    const candidateDistance = distance(name, candidate);
    if (candidateDistance < nearestDistance) {
      nearest = candidate;
      nearestDistance = candidateDistance;
    }
  }
  const isLikely = nearestDistance <= Math.max(2, Math.min(name.length, nearest.length) / 4);
  return isLikely ? `did you mean "${nearest}"?` : `the nearest known one is "${nearest}"`;
}
