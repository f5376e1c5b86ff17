/** Returns the shell commands of a Markdown document, a string for each fenced block marked `bash` or `sh`. */
export const shellBlocks = (markdown: string): string[] =>
  [...markdown.matchAll(/^```(?:bash|sh)\n([^]*?)\n```$/gm)].map(([, code = ""]) => code);
