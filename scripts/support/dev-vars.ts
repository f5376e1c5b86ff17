import { isSecretName, secretMakers, type SecretName } from "./secrets.ts";

/** The secrets that a local server needs to start. SETUP_TOKEN is needed in production only. */
const localSecrets: readonly SecretName[] = ["JWT_SIGNING_KEY", "REFRESH_TOKEN_KEY"];

/**
 * Adds missing secrets to the text of .dev.vars. Any existing value stays unchanged.
 *
 * @returns the new text, and the names of the added secrets
 */
export async function completeDevVars(text: string): Promise<{ text: string; added: SecretName[] }> {
  const added: SecretName[] = [];
  let lines = text.split("\n");
  for (const name of localSecrets) {
    if (lines.some((line) => assigned(line)?.name === name && assigned(line)?.value !== "")) continue;
    lines = lines.filter((line) => assigned(line)?.name !== name);
    while (lines.at(-1) === "") lines.pop();
    lines.push(`${name}='${await secretMakers[name]()}'`, "");
    added.push(name);
  }
  return { text: lines.join("\n"), added };
}

function assigned(line: string): { name: SecretName; value: string } | undefined {
  const [, name = "", value = ""] = /^\s*(?:export\s+)?(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
  return isSecretName(name) ? { name, value: /^(''|"")$/.test(value) ? "" : value } : undefined;
}
