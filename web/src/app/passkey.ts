import { ask } from "../api/client";
import type { JsonValue, PasskeyOptions } from "../api/schema";
import { t } from "../text/text";

const ADDRESS = /^[\d.]+$|^\[/;

/** Whether this browser has passkeys, and the page was opened under a host name: they do not work under an address. */
export const passkeysWork = (): boolean =>
  "PublicKeyCredential" in window &&
  "parseRequestOptionsFromJSON" in PublicKeyCredential &&
  !ADDRESS.test(location.hostname);

/** What the person reads when the device did not answer. */
function refusal(error: Error): Error {
  if (error.name === "InvalidStateError") return new Error(t("passkey.known"));
  if (error.name === "NotAllowedError") return new Error(t("passkey.cancelled"));
  return error;
}

const answerOf = (found: Credential | null): Record<string, JsonValue> =>
  (found as PublicKeyCredential).toJSON() as unknown as Record<string, JsonValue>;

/** Sign in with a passkey; without an account's name, the device offers those it has. */
export async function signInByPasskey(account: string): Promise<void> {
  const { options } = await ask("POST /api/session/passkey/options", { body: { account } });
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  const found = await navigator.credentials.get({ publicKey }).catch((error: Error) => {
    throw refusal(error);
  });
  await ask("POST /api/session/passkey", { body: { answer: answerOf(found) } });
}

async function made({ options }: PasskeyOptions): Promise<Record<string, JsonValue>> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  const found = await navigator.credentials.create({ publicKey }).catch((error: Error) => {
    throw refusal(error);
  });
  return answerOf(found);
}

/** Add a passkey to the person's account. */
export async function addPasskey(name: string, present: string): Promise<void> {
  const answer = await made(await ask("POST /api/account/passkeys/options", { body: { present } }));
  await ask("POST /api/account/passkeys", { body: { name, answer } });
}

/** Accept an invitation with a passkey instead of a password. */
export async function acceptByPasskey(key: string): Promise<void> {
  const answer = await made(await ask("POST /api/invitation/passkey/options", { body: { key } }));
  await ask("POST /api/invitation/passkey", { body: { key, name: t("passkey.first"), answer } });
}

/** Make the first account with a passkey instead of a password. */
export async function makeFirstByPasskey(key: string, account: string): Promise<void> {
  const answer = await made(await ask("POST /api/first-account/passkey/options", { body: { key, account } }));
  await ask("POST /api/first-account/passkey", { body: { key, account, name: t("passkey.first"), answer } });
}
