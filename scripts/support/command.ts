/** A failure that the person at the keyboard can do something about: shown without a stack, with what to do next. */
export class CommandError extends Error {
  readonly next: string;

  constructor(message: string, next: string) {
    super(message);
    this.next = next;
  }
}

/**
 * Runs a script: `--help` prints `help`; otherwise `run` gets the arguments and answers the exit code (nothing is 0).
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
      console.error(`\n✗ ${error.message}\n\n  See --help.\n`);
      process.exitCode = 2;
    } else {
      throw error;
    }
  }
}

function isOptionError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
}
