/** Punctuation of the sentence or list around a value. */
const trailingPunctuation = /[.,;:!?)\]}>'’…。、，；：！？）］】》]+$/u;

/** Returns the values that an operator may mean, the likeliest first: the text as typed, then the text without trailing punctuation. */
export function candidateValues(value: string): string[] {
  const typed = value.trim();
  const bare = typed.replace(trailingPunctuation, "");
  return bare === typed || bare === "" ? [typed] : [typed, bare];
}
