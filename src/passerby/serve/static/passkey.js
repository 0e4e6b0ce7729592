import { ask } from "./api.js";

const ADDRESS = /^[\d.]+$|^\[/;

/** Whether this browser has passkeys, and the page was opened under a host name: they do not work under an address. */
export const passkeysWork = () =>
  Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON) && !ADDRESS.test(location.hostname);

/** What the person is told when the device did not answer. */
function refusal(error) {
  if (error.name === "InvalidStateError") return new Error("this device has a passkey of this account already");
  if (error.name === "NotAllowedError") return new Error("no passkey was used: it was cancelled, or took too long");
  return error;
}

/** Sign in with a passkey; without an account's name, the device offers those it has. */
export async function signInByPasskey(account) {
  const { options } = await ask("/api/session/passkey/options", { method: "POST", body: { account } });
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const found = await navigator.credentials.get({ publicKey }).catch((error) => { throw refusal(error); });
  await ask("/api/session/passkey", { method: "POST", body: { answer: found.toJSON() } });
}

/** Make a passkey: ask the gateway for options with `body`, then send the device's answer. */
async function make(path, { offer, body }) {
  const { options } = await ask(`${path}/options`, { method: "POST", body: offer });
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const made = await navigator.credentials.create({ publicKey }).catch((error) => { throw refusal(error); });
  await ask(path, { method: "POST", body: { ...body, answer: made.toJSON() } });
}

export const addPasskey = (name, present) => make("/api/account/passkeys", { offer: { present }, body: { name } });

export const acceptByPasskey = (key) =>
  make("/api/invitation/passkey", { offer: { key }, body: { key, name: "first passkey" } });

export const makeFirstByPasskey = (key, account) =>
  make("/api/first-account/passkey", { offer: { key, account }, body: { key, account, name: "first passkey" } });
