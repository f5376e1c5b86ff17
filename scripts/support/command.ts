/** A failure that the user of a command can resolve: printed without a stack, with `next`, the instructions for what to do. */
export class CommandError extends Error {
  readonly next: string;

  constructor(message: string, next: string) {
    super(message);
    this.next = next;
  }
}

/**
 * Runs a script: `--help` prints `help`; otherwise calls `run` with the arguments and uses its result as the exit code (undefined: 0).
 * A CommandError exits with 1, an unknown or malformed option with 2.
 */
export async function runCommand(
  help: string,
  run: (argv: string[]) => Promise<number | void>,
): Promise<void> {
  const argv = process.argv.slice(2);
  if (argv.includes("--help") || argv.includes("-h")) {
    console.log(help.trim());
    return;
  }
  try {
    process.exitCode = (await run(argv)) ?? 0;
  } catch (error) {
    if (error instanceof CommandError) {
      console.error(`\n✗ ${error.message}\n\n  ${error.next.replaceAll("\n", "\n  ")}\n`);
      process.exitCode = 1;
    } else if (isOptionError(error)) {
      console.error(`\n✗ ${error.message}\n\n  Run it with --help to see the options.\n`);
      process.exitCode = 2;
    } else {
      throw error;
    }
  }
}

function isOptionError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
}
