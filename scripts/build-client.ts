import { parseArgs } from "node:util";
import {
  compile,
  writePackageFiles,
  fixDeclarationImports,
  maxSizeBytes,
  sizeBytes,
} from "./support/client-package.ts";
import { CommandError, runCommand } from "./support/command.ts";
import { repositoryRoot } from "./support/paths.ts";
import { join, relative, resolve } from "node:path";

const help = `
Builds the client as an installable package: JavaScript and types of \`parley/client\`, without dependencies.
Fails if a typical application of it is larger than 20 kB, minified and compressed.

Usage: npm run build:client -- [options]

  --out DIR    target directory (default dist/client); an earlier build in it is removed
  -h, --help   this text

Then, for example: npm pack ./dist/client, and npm install parley-*.tgz elsewhere.
`;

await runCommand(help, async (argv) => {
  const { values } = parseArgs({
    args: argv,
    options: { out: { type: "string", default: join(repositoryRoot, "dist/client") } },
  });
  const directory = resolve(values.out);
  console.log("Compiling src/client …");
  await compile(directory);
  await fixDeclarationImports(directory);
  await writePackageFiles(directory);
  const size = await sizeBytes(directory);
  const kb = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;
  if (size > maxSizeBytes)
    throw new CommandError(
      `A typical application of the client is ${kb(size)}, minified and compressed; the limit is ${kb(maxSizeBytes)}.`,
      `Find the largest modules:\nnpx esbuild ${join(relative(process.cwd(), directory), "client/index.js")} --bundle --minify --format=esm --analyze --outfile=/dev/null`,
    );
  console.log(
    `\n${relative(process.cwd(), directory) || "."}: ${kb(size)} in a typical application, minified and compressed.`,
  );
});
