// "Did you mean …": finds the name that a mistyped one was meant to be.

/** A hint that names the candidate nearest to `given`, or undefined where none is near. */
export function didYouMean(given: string, candidates: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  // One slip for each four letters, but at most three: beyond that, a guess misleads.
  let least = Math.min(3, Math.max(1, Math.floor(given.length / 4)));
  for (const candidate of candidates) {
    const distance = editDistance(given.toLowerCase(), candidate.toLowerCase());
    if (distance < least || (distance === least && nearest === undefined)) {
      nearest = candidate;
      least = distance;
    }
  }
  return nearest === undefined ? undefined : `did you mean ${nearest}?`;
}

/** How many letters must be put in, left out, replaced or swapped with their neighbour to get from `a` to `b`. */
export function editDistance(a: string, b: string): number {
  let twoAgo: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let steps = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) steps = Math.min(steps, (twoAgo[column - 2] ?? 0) + 1);
      current.push(steps);
    }
    twoAgo = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
