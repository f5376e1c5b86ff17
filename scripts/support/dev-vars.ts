import { isSecretName, secretMakers, type SecretName } from "./secrets.ts";

/** What a server on this machine cannot start without. SETUP_TOKEN is for production alone. */
const localSecrets: readonly SecretName[] = ["JWT_SIGNING_KEY", "REFRESH_TOKEN_KEY"];

/** The text of .dev.vars with the missing keys added. A key that has a value keeps it, whatever it is. */
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
