import type {
  Acknowledgement,
  AnswerPlace,
  CommandRun,
  NewCommandRun,
  ShownAnswer,
} from "../../domain/command-run.ts";
import type { CommandInvocation } from "../../protocol/index.ts";
import type { RpcResult } from "../../rpc/rpc-result.ts";
import { PersonalHub } from "../personal/personal-hub.ts";
import type { CommandRunService } from "./command-run-service.ts";
import type { AnswerRequest } from "./command-runs.ts";

/** The methods of `UserHub` for slash commands of bots. Called on the hub of the user who runs the command, but `deliverInvocation`. */
export abstract class CommandHub extends PersonalHub {
  protected abstract readonly commandRuns: CommandRunService;

  /** Stores an invocation, and counts it towards the user's hourly quota. */
  async beginCommandRun(input: NewCommandRun): Promise<RpcResult<{ run: CommandRun; isRepeated: boolean }>> {
    return this.commandRuns.begin(input);
  }

  /** Returns an invocation whose response URL is valid. */
  async findCommandRun(runId: string): Promise<RpcResult<CommandRun>> {
    return this.commandRuns.find(runId);
  }

  /** Returns the id of the invocation that the user began with a nonce; null if there is none. */
  async findCommandRunByNonce(nonce: string): Promise<string | null> {
    return this.commandRuns.findByNonce(nonce);
  }

  /** Acknowledges an invocation and reserves the place of an answer. May be repeated with the same nonce. */
  async reserveCommandAnswer(runId: string, request: AnswerRequest): Promise<RpcResult<AnswerPlace>> {
    return this.commandRuns.reserveAnswer(runId, request);
  }

  /** Stores what an answer showed; sends an ephemeral one to the user's devices. */
  async recordCommandAnswer(runId: string, place: number, shown: ShownAnswer): Promise<void> {
    return this.commandRuns.recordAnswer(runId, place, shown);
  }

  /** Removes an ephemeral message from the user's devices. */
  async hideEphemeral(id: string, channelId: string): Promise<void> {
    this.commandRuns.hide(id, channelId);
  }

  /** Waits until the bot acknowledges an invocation, but at most `timeoutMs`. */
  async waitForCommand(runId: string, timeoutMs: number): Promise<Acknowledgement> {
    return this.commandRuns.waitForAcknowledgement(runId, timeoutMs);
  }

  /** Sends an invocation to one of the sockets of this user, a bot. Returns whether there was one. */
  async deliverInvocation(invocation: CommandInvocation): Promise<boolean> {
    return this.commandRuns.deliver(invocation);
  }
}
