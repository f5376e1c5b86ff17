import type { FunctionComponent } from "preact";
import type { SessionPage } from "../router.ts";
import { ConfirmEmailPage } from "./confirm-email-page.tsx";
import { ForgotPasswordPage } from "./forgot-password-page.tsx";
import { InvitePage } from "./invite-page.tsx";
import { LoginPage } from "./login-page.tsx";
import { ProviderReturnPage } from "./provider-return-page.tsx";
import { RegisterPage } from "./register-page.tsx";
import { ResetPasswordPage } from "./reset-password-page.tsx";
import { SecondFactorPage } from "./second-factor-page.tsx";

const pages: Record<SessionPage, FunctionComponent> = {
  login: LoginPage,
  "second-factor": SecondFactorPage,
  register: RegisterPage,
  invite: InvitePage,
  "forgot-password": ForgotPasswordPage,
  "reset-password": ResetPasswordPage,
  "confirm-email": ConfirmEmailPage,
  sso: ProviderReturnPage,
};

/** The pages that begin a session, and those to which mails and login providers lead. */
export function SessionPages({ page }: { page: SessionPage }) {
  const Page = pages[page];
  return <Page />;
}
