// Words that the messages of the lint share, and the name somebody may have meant.

/** A name as the key of an object literal. */
export function asKey(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** "or correct the name", with the one that was probably meant. */
export function orCorrect(name: string, known: Iterable<string>): string {
  const meant = nearest(name, known);
  return meant === undefined ? 'or correct the name' : `or correct the name (${meant})`;
}

/** The closest of `names` within two mistakes, or undefined; short names allow fewer. */
function nearest(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bound = name.length > 4 ? 3 : name.length - 1;
  for (const candidate of names) {
    if (Math.abs(candidate.length - name.length) >= bound) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bound) [best, bound] = [candidate, distance];
  }
  return best;
}

/** How many characters have to be inserted, removed or replaced (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const next = [line];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (from[line - 1] === to[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
