/** Punctuation of the sentence or the list in which a value stands. */
const trailingPunctuation = /[.,;:!?)\]}>'’…。、，；：！？）］】》]+$/u;

/** What the value of an operator may mean: what was typed, and that without the punctuation after it. */
export function candidateValues(value: string): string[] {
  const typed = value.trim();
  const bare = typed.replace(trailingPunctuation, "");
  return bare === typed || bare === "" ? [typed] : [typed, bare];
}
